using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>What other capabilities' pages may show of the ledger.</summary>
public interface ILedgerEntries
{
    /// <summary>
    /// The entries that a contract's transfers made on the accounts of one tenant (its poster sees the hold and the escrow,
    /// the winner's tenant its earnings), oldest first. Empty for a tenant that has none.
    /// </summary>
    Task<IReadOnlyList<EntryView>> OfContractAsync(ContractId contract, TenantId tenant, CancellationToken ct);
}

/// <summary>One entry of the ledger as a tenant sees it.</summary>
/// <param name="TransferId">Its transfer.</param>
/// <param name="At">When it was posted.</param>
/// <param name="Kind">The account's kind.</param>
/// <param name="Purpose">The transfer's purpose: <c>contract.hold</c>.</param>
/// <param name="SubjectType">What kind of thing caused it: <c>contract</c>.</param>
/// <param name="SubjectId">Which one.</param>
/// <param name="Amount">What the balance changed by.</param>
/// <param name="BalanceAfter">The account's balance after it.</param>
/// <param name="Note">The transfer's note; null for none.</param>
public sealed record EntryView(
    TransferId TransferId, DateTimeOffset At, AccountKind Kind, string Purpose, string SubjectType, Guid SubjectId,
    Money Amount, Money BalanceAfter, string? Note)
{
    /// <summary>Of the stored row.</summary>
    public static EntryView Of(Entry entry, AccountKind kind) => new(
        entry.TransferId, entry.CreatedAt, kind, entry.Purpose, entry.SubjectType, entry.SubjectId,
        new Money(entry.Amount, entry.Currency), new Money(entry.BalanceAfter, entry.Currency), entry.Note);
}
