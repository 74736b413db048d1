using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>One account's part in a transfer.</summary>
/// <param name="Account">The account.</param>
/// <param name="MicroUnits">What its balance changes by, in micro-units of its currency; never zero.</param>
public readonly record struct Posting(AccountRef Account, long MicroUnits);

/// <summary>
/// A movement of money that is posted whole or not at all: at least two postings that add up to zero in each currency.
/// Only <see cref="Create"/> makes one, so a transfer is always balanced.
/// </summary>
public sealed record Transfer
{
    /// <summary>Longest idempotency key.</summary>
    public const int MaxKeyLength = 200;

    /// <summary>Longest purpose and subject type.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Longest note.</summary>
    public const int MaxNoteLength = 500;

    private Transfer(TransferId id, string purpose, string idempotencyKey, string subjectType, Guid subjectId, Posting[] postings, string? note)
    {
        Id = id;
        Purpose = purpose;
        IdempotencyKey = idempotencyKey;
        SubjectType = subjectType;
        SubjectId = subjectId;
        Postings = postings;
        Note = note;
    }

    /// <summary>Its id; a replay answers with the first transfer's instead.</summary>
    public TransferId Id { get; }

    /// <summary>Why, for people and filters: <c>contract.hold</c>.</summary>
    public string Purpose { get; }

    /// <summary>Unique in the installation; derive it from the cause (<c>hold:&lt;contract id&gt;</c>), not from the attempt.</summary>
    public string IdempotencyKey { get; }

    /// <summary>What kind of thing caused it: <c>contract</c>.</summary>
    public string SubjectType { get; }

    /// <summary>Which one.</summary>
    public Guid SubjectId { get; }

    /// <summary>One per account, in the order given.</summary>
    public IReadOnlyList<Posting> Postings { get; }

    /// <summary>A sentence for the history; null for none.</summary>
    public string? Note { get; }

    /// <summary>
    /// Makes a transfer. Postings to one account are added up and those of nothing are left out.
    /// Errors: <see cref="LedgerErrors.Unbalanced"/>, <see cref="LedgerErrors.Empty"/>,
    /// <see cref="LedgerErrors.Malformed"/>, <see cref="LedgerErrors.OutOfRange"/>.
    /// </summary>
    public static Result<Transfer> Create(
        TransferId id, string purpose, string idempotencyKey, string subjectType, Guid subjectId, IEnumerable<Posting> postings, string? note = null)
    {
        ArgumentNullException.ThrowIfNull(postings);
        if (id.Value == Guid.Empty || !Fits(purpose, MaxNameLength) || !Fits(idempotencyKey, MaxKeyLength) ||
            !Fits(subjectType, MaxNameLength) || note?.Length > MaxNoteLength || note?.Contains('\0', StringComparison.Ordinal) == true)
            return LedgerErrors.Malformed;

        var merged = new List<Posting>(4);
        foreach (var posting in postings)
        {
            var account = posting.Account;
            if (account.Currency == default || account.OwnerId == Guid.Empty || account.TenantId.Value == Guid.Empty || !Enum.IsDefined(account.Kind) ||
                account.Kind.IsPlatform() != (account.TenantId == TenantId.Platform))
                return LedgerErrors.Malformed;
            var at = merged.FindIndex(other => other.Account == account);
            var micro = (Int128)posting.MicroUnits + (at < 0 ? 0 : merged[at].MicroUnits);
            if (Int128.Abs(micro) > Money.MaxAmountMicroUnits)
                return LedgerErrors.OutOfRange;
            if (at < 0)
                merged.Add(posting);
            else
                merged[at] = posting with { MicroUnits = (long)micro };
        }

        merged.RemoveAll(posting => posting.MicroUnits == 0);
        foreach (var posting in merged)
        {
            var currency = posting.Account.Currency;
            Int128 sum = 0;
            foreach (var other in merged)
                sum += other.Account.Currency == currency ? other.MicroUnits : 0;
            if (sum != 0)
                return LedgerErrors.Unbalanced;
        }

        return merged.Count < 2
            ? LedgerErrors.Empty
            : new Transfer(id, purpose, idempotencyKey, subjectType, subjectId, [.. merged], note);
    }

    /// <summary>A transfer of one amount from one account to another. Errors as of <see cref="Create"/>; an amount below or equal to zero is <see cref="LedgerErrors.Empty"/>.</summary>
    public static Result<Transfer> Move(
        TransferId id, string purpose, string idempotencyKey, string subjectType, Guid subjectId, AccountRef from, AccountRef to, Money amount, string? note = null) =>
        amount.MicroUnits <= 0 ? LedgerErrors.Empty
        : from.Currency != amount.Currency || to.Currency != amount.Currency ? LedgerErrors.Unbalanced
        : Create(id, purpose, idempotencyKey, subjectType, subjectId, [new(from, -amount.MicroUnits), new(to, amount.MicroUnits)], note);

    private static bool Fits(string? text, int length) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= length && !text.Contains('\0', StringComparison.Ordinal);
}
