using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Ledger;

/// <summary>
/// Entries of a contract's transfers. Every one of them touches the contract's escrow account, whose own entries are few and
/// lead to the transfers, so that entries need no index by subject.
/// </summary>
internal sealed class LedgerEntryReader(HermesDbContext db) : ILedgerEntries
{
    public async Task<IReadOnlyList<EntryView>> OfContractAsync(ContractId contract, TenantId tenant, CancellationToken ct)
    {
        var ids = await db.Database.SqlQuery<Guid>($"SELECT t AS \"Value\" FROM ledger.transfers_of_contract({contract.Value}) t").ToListAsync(ct);
        var transfers = ids.ConvertAll(TransferId.From);
        var rows = await (
            from entry in db.LedgerEntries
            join account in db.LedgerAccounts on entry.AccountId equals account.Id
            where transfers.Contains(entry.TransferId) && entry.TenantId == tenant
            orderby entry.CreatedAt, entry.TransferId, account.Kind
            select new { Entry = entry, account.Kind }).AsNoTracking().ToListAsync(ct);
        return rows.ConvertAll(row => EntryView.Of(row.Entry, row.Kind));
    }
}
