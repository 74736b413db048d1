using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>An invoice of the tenant, as it is printed.</summary>
/// <param name="Id">Which.</param>
[Requires(Permissions.BillingView)]
public sealed record GetInvoice(InvoiceId Id) : IQuery<InvoiceView>;

internal sealed class GetInvoiceHandler(IBillingDb db, ITenants tenants, ICurrentActor current) : IRequestHandler<GetInvoice, Result<InvoiceView>>
{
    public async Task<Result<InvoiceView>> Handle(GetInvoice request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Invoices.AsNoTracking().SingleOrDefaultAsync(i => i.Id == request.Id && i.TenantId == tenant, cancellationToken) is not { } invoice)
            return BillingErrors.InvoiceNotFound;
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        return InvoiceView.Of(invoice) with { BilledTo = account?.LegalName ?? (await tenants.FindAsync(tenant, cancellationToken))?.Name, TaxId = account?.TaxId };
    }
}
