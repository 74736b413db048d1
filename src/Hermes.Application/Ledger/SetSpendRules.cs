using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's rules for what its agents spend.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetSpendRules : IQuery<SpendRulesView>;

/// <summary>Changes them.</summary>
/// <param name="MandatesRequired">True: an agent without a mandate pays nothing.</param>
[Requires(Permissions.BillingManage)]
public sealed record SetSpendRules(bool MandatesRequired) : ICommand<SpendRulesView>;

/// <summary>What holds for a tenant's agents.</summary>
/// <param name="MandatesRequired">True when agents pay by mandate only; false lets those that never had one pay as the wallet allows.</param>
public sealed record SpendRulesView(bool MandatesRequired);

internal sealed class SpendRulesHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetSpendRules, Result<SpendRulesView>>, IRequestHandler<SetSpendRules, Result<SpendRulesView>>
{
    public async Task<Result<SpendRulesView>> Handle(GetSpendRules request, CancellationToken cancellationToken) =>
        new SpendRulesView(await FindAsync(cancellationToken) is { MandatesRequired: true });

    public async Task<Result<SpendRulesView>> Handle(SetSpendRules request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var rules = await FindAsync(cancellationToken);
        var before = new SpendRulesView(rules is { MandatesRequired: true });
        if (rules is null)
            db.SpendPolicies.Add(rules = SpendPolicy.Default(tenant, clock.GetUtcNow()));
        rules.Set(request.MandatesRequired, clock.GetUtcNow());
        var after = new SpendRulesView(rules.MandatesRequired);
        audit.Record("mandate.rules", "tenant", tenant.Value, before, after);
        return after;
    }

    private Task<SpendPolicy?> FindAsync(CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        return db.SpendPolicies.SingleOrDefaultAsync(p => p.TenantId == tenant, cancellationToken);
    }
}
