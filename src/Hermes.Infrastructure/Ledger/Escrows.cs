using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Escrow accounts with the entries of their transfers.</summary>
internal sealed class Escrows(HermesDbContext db, ILedgerEntries entries) : IEscrows
{
    public async Task<EscrowMoney?> OfAsync(ContractId contract, TenantId poster, CancellationToken cancellationToken)
    {
        var account = await db.LedgerAccounts.AsNoTracking()
            .FirstOrDefaultAsync(a => a.OwnerId == contract.Value && a.Kind == AccountKind.Escrow && a.TenantId == poster, cancellationToken);
        if (account is null)
            return null;
        var rows = await entries.OfContractAsync(contract, poster, cancellationToken);
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
        return new EscrowMoney(Of(account.Balance), Of(funded), Of(spent - refunded), Of(refunded), rows);
    }
}
