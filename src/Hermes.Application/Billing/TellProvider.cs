using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Tells the provider what changed of the tenant as payer.</summary>
[RequiresSystem]
public sealed record TellProvider : ICommand<string>, IOwnTransaction;

internal sealed class TellProviderHandler(IBillingDb db, CustomerDesk customers, ICurrentActor current) : IRequestHandler<TellProvider, Result<string>>
{
    public async Task<Result<string>> Handle(TellProvider request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        return await customers.SaveAsync(tenant, account, $"customer:{tenant}:{account?.Version}", cancellationToken);
    }
}
