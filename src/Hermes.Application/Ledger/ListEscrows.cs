using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's contracts for which something is held now, latest first.</summary>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListEscrows(int? Limit = null, string? Cursor = null) : IQuery<Page<OpenEscrow>>;

/// <summary>What is held for a contract.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Held">How much.</param>
/// <param name="Since">When something was first held for it.</param>
public sealed record OpenEscrow(ContractId ContractId, Money Held, DateTimeOffset Since);

internal sealed class ListEscrowsHandler(ILedgerDb db, ICurrentActor current) : IRequestHandler<ListEscrows, Result<Page<OpenEscrow>>>
{
    public async Task<Result<Page<OpenEscrow>>> Handle(ListEscrows request, CancellationToken cancellationToken)
    {
        var (limit, tenant) = (Paging.Clamp(request.Limit), current.Actor.RequiredTenant);
        // The index of accounts that hold something keeps this as short as what is open.
        var query = db.LedgerAccounts.AsNoTracking().Where(a => a.TenantId == tenant && a.Kind == AccountKind.Escrow && !a.IsEmpty);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(a => a.OwnerId < last);
        // Contracts' ids grow with time.
        var rows = await query.OrderByDescending(a => a.OwnerId).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, limit, a => a.OwnerId.ToString());
        return new Page<OpenEscrow>([.. page.Items.Select(a => new OpenEscrow(new ContractId(a.OwnerId), new Money(a.Balance, a.Currency), a.OpenedAt))], page.NextCursor);
    }
}
