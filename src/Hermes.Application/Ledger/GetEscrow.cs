using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>What is and was held for a contract of the tenant.</summary>
/// <param name="Contract">The contract.</param>
[Requires(Permissions.BillingView)]
public sealed record GetEscrow(ContractId Contract) : IQuery<EscrowView>;

/// <summary>How an escrow stands.</summary>
public enum EscrowState
{
    /// <summary>Money is held.</summary>
    Locked,
    /// <summary>Nothing is held any more, and somebody was paid from it.</summary>
    Released,
    /// <summary>Nothing is held any more, and all of it went back to the poster.</summary>
    Refunded,
}

/// <summary>An escrow as its poster sees it.</summary>
/// <param name="ContractId">For which contract.</param>
/// <param name="State">How it stands.</param>
/// <param name="Held">What is in it now.</param>
/// <param name="Funded">What was ever put into it.</param>
/// <param name="Released">What was paid from it to others: agent, platform.</param>
/// <param name="Refunded">What went back to the poster.</param>
/// <param name="Entries">The poster's entries, oldest first: on the escrow and on its wallet.</param>
public sealed record EscrowView(
    ContractId ContractId, EscrowState State, Money Held, Money Funded, Money Released, Money Refunded, IReadOnlyList<EntryView> Entries);

internal sealed class GetEscrowHandler(ILedgerDb db, ILedgerEntries entries, ICurrentActor current) : IRequestHandler<GetEscrow, Result<EscrowView>>
{
    public async Task<Result<EscrowView>> Handle(GetEscrow request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var account = await db.LedgerAccounts.AsNoTracking()
            .FirstOrDefaultAsync(a => a.OwnerId == request.Contract.Value && a.Kind == AccountKind.Escrow && a.TenantId == tenant, cancellationToken);
        if (account is null)
            return WalletErrors.NoEscrow;
        var rows = await entries.OfContractAsync(request.Contract, tenant, cancellationToken);
        var (funded, spent) = (0L, 0L);
        foreach (var entry in rows.Where(row => row.Kind == AccountKind.Escrow))
        {
            funded += Math.Max(0, entry.Amount.MicroUnits);
            spent -= Math.Min(0, entry.Amount.MicroUnits);
        }
        // What came back is what the poster's own wallet got by transfers that took from the escrow.
        var taking = rows.Where(row => row.Kind == AccountKind.Escrow && row.Amount.MicroUnits < 0).Select(row => row.TransferId).ToHashSet();
        var refunded = rows.Where(row => row.Kind is AccountKind.Available or AccountKind.Promotional && taking.Contains(row.TransferId)).Sum(row => row.Amount.MicroUnits);
        Money Of(long micro) => new(micro, account.Currency);
        var state = account.Balance > 0 ? EscrowState.Locked : spent > refunded ? EscrowState.Released : EscrowState.Refunded;
        return new EscrowView(request.Contract, state, Of(account.Balance), Of(funded), Of(spent - refunded), Of(refunded), rows);
    }
}
