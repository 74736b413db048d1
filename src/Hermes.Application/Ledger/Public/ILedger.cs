using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>
/// The only way to move money. What comes back without an error is durable (<see cref="PostAsync"/>) or becomes so with
/// the caller's commit (<see cref="PostWithinAsync"/>). Posting a key again with the same content changes nothing and
/// answers with the first transfer; with other content it is refused.
/// </summary>
public interface ILedger
{
    /// <summary>
    /// Posts one transfer in a transaction of its own, together with whatever other callers want posted at this moment.
    /// Errors: <see cref="LedgerErrors.InsufficientFunds"/>, <see cref="LedgerErrors.KeyReused"/>,
    /// <see cref="LedgerErrors.OutOfRange"/>, <see cref="LedgerErrors.Unavailable"/> (outcome unknown or not posted: repeat
    /// with the same key). Never call it inside an open transaction that has posted: it may wait for that one's locks.
    /// </summary>
    /// <param name="transfer">What to post.</param>
    /// <param name="ct">Ends the waiting; a transfer that was already accepted may still be posted.</param>
    Task<Result<PostedTransfer>> PostAsync(Transfer transfer, CancellationToken ct);

    /// <summary>
    /// Posts several transfers in the unit of work's open transaction, in one round trip. The first refusal is the error of
    /// all, and then the caller must return it so that the transaction rolls back. Errors as of <see cref="PostAsync"/>,
    /// except that a lost connection throws.
    /// </summary>
    /// <param name="transfers">What to post, in this order; an empty list posts nothing.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    Task<Result<IReadOnlyList<PostedTransfer>>> PostWithinAsync(IReadOnlyList<Transfer> transfers, CancellationToken ct);

    /// <summary>
    /// An account's balance as the present transaction and tenant see it; zero for an account that was never posted to or
    /// is not visible. For showing, not for deciding: the posting itself refuses what is not covered.
    /// </summary>
    Task<Money> BalanceAsync(AccountRef account, CancellationToken ct);

    /// <summary>
    /// A payer's promotional credits, with its wallet locked until the open transaction ends: for splitting a price into
    /// credits and money right before it is posted. Take locks of other capabilities first; a tenant locks its own only.
    /// </summary>
    /// <param name="payer">Whose wallet.</param>
    /// <param name="currency">Which of its accounts.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    Task<Money> LockCreditsAsync(TenantId payer, Currency currency, CancellationToken ct);
}

/// <summary>A transfer that stands in the ledger.</summary>
/// <param name="Id">The transfer's id; a replay's is the first one's.</param>
/// <param name="PostedAt">When it was first posted.</param>
/// <param name="Replayed">True when the key had already been posted with the same content.</param>
public sealed record PostedTransfer(TransferId Id, DateTimeOffset PostedAt, bool Replayed);
