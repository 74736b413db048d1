using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>How what the tenant's agents are paid is split.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetSplit : IQuery<SplitView>;

/// <summary>
/// Sets the organisation's own share of what its agents are paid: it is spendable at once, while what the agents earn is paid out.
/// </summary>
/// <param name="Percent">0–10 with at most two decimals.</param>
[Requires(Permissions.BillingManage)]
public sealed record SetOrganisationShare(decimal Percent) : ICommand<SplitView>;

/// <summary>An operator names or clears who brought an organisation here.</summary>
/// <param name="Tenant">The organisation.</param>
/// <param name="Referrer">Who brought it: its slug or id; null or empty to clear. Error: <see cref="SplitErrors.NoReferrer"/>.</param>
/// <param name="Percent">Its share of what the organisation's agents are paid, above 0 to 5 with at most two decimals; ignored when cleared.</param>
[RequiresOperator]
public sealed record SetReferrer(TenantId Tenant, string? Referrer, decimal Percent) : ICommand<SplitView>, IAcrossTenants;

/// <summary>How an organisation's agents' income is split, in percent; royalties depend on the agent and are not in it.</summary>
/// <param name="PlatformPercent">The platform's share.</param>
/// <param name="OrganisationPercent">The organisation's own share.</param>
/// <param name="ReferrerTenantId">Who brought it here; null for nobody.</param>
/// <param name="ReferrerPercent">The referrer's share.</param>
/// <param name="AgentPercent">What is left for the agent before royalties.</param>
public sealed record SplitView(decimal PlatformPercent, decimal OrganisationPercent, TenantId? ReferrerTenantId, decimal ReferrerPercent, decimal AgentPercent);

internal sealed class SplitHandler(ILedgerDb db, ITenants tenants, IPlans plans, IAudit audit, ICurrentActor current)
    : IRequestHandler<GetSplit, Result<SplitView>>, IRequestHandler<SetOrganisationShare, Result<SplitView>>, IRequestHandler<SetReferrer, Result<SplitView>>
{
    public async Task<Result<SplitView>> Handle(GetSplit request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        return await ViewAsync(await db.SplitSettings.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken) ?? SplitSettings.Begin(tenant), cancellationToken);
    }

    public Task<Result<SplitView>> Handle(SetOrganisationShare request, CancellationToken cancellationToken) =>
        ChangeAsync(current.Actor.RequiredTenant, settings => settings.SetOrganisation(BasisPoints(request.Percent)), cancellationToken);

    public async Task<Result<SplitView>> Handle(SetReferrer request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Referrer))
            return await ChangeAsync(request.Tenant, settings => settings.SetReferrer(null, 0), cancellationToken);
        var referrer = Guid.TryParse(request.Referrer, out var id) ? await tenants.FindAsync(new TenantId(id), cancellationToken)
            : await tenants.FindBySlugAsync(request.Referrer.Trim().ToLowerInvariant(), cancellationToken);
        return referrer is null ? SplitErrors.NoReferrer : await ChangeAsync(request.Tenant, settings => settings.SetReferrer(referrer.Id, BasisPoints(request.Percent)), cancellationToken);
    }

    // Outside every range where it has more decimals than are kept, so that the domain's rule refuses it.
    private static int BasisPoints(decimal percent) => percent is >= 0 and <= 100 && decimal.Round(percent, 2) == percent ? (int)(percent * 100) : -1;

    private async Task<Result<SplitView>> ChangeAsync(TenantId tenant, Func<SplitSettings, Result<Done>> change, CancellationToken cancellationToken)
    {
        var settings = await db.SplitSettings.SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken);
        var before = settings is null ? null : await ViewAsync(settings, cancellationToken);
        if (settings is null)
            db.SplitSettings.Add(settings = SplitSettings.Begin(tenant));
        if (change(settings).Error is { } refusal)
            return refusal;
        var view = await ViewAsync(settings, cancellationToken);
        audit.Record("ledger.split", "tenant", tenant.Value, before, view, tenant);
        return view;
    }

    private async Task<SplitView> ViewAsync(SplitSettings settings, CancellationToken cancellationToken)
    {
        var bp = (await plans.OfAsync(settings.TenantId, cancellationToken)).PlatformBasisPoints;
        return new SplitView(bp / 100m, settings.OrganisationBasisPoints / 100m, settings.ReferrerTenantId, settings.ReferrerBasisPoints / 100m,
            (10_000 - bp - settings.OrganisationBasisPoints - settings.ReferrerBasisPoints) / 100m);
    }
}
