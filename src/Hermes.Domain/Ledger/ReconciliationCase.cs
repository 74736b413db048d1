using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>A case's id.</summary>
public readonly record struct ReconciliationCaseId(Guid Value) : IId<ReconciliationCaseId>
{
    /// <inheritdoc />
    public static ReconciliationCaseId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>What does not agree.</summary>
public enum DifferenceKind
{
    /// <summary>The balances of a currency do not add up to zero.</summary>
    CurrencyNotZero,
    /// <summary>The new entries of a transfer do not add up to zero.</summary>
    TransferNotZero,
    /// <summary>A balance is not the sum of its account's entries.</summary>
    BalanceNotSum,
    /// <summary>An account has more or fewer entries than it counts.</summary>
    EntriesMissing,
    /// <summary>An account is overdrawn that may not be.</summary>
    Overdrawn,
    /// <summary>An escrow holds something else than its contract or call says.</summary>
    EscrowNotClaim,
    /// <summary>An escrow holds something for what has ended or is not there.</summary>
    EscrowWithoutClaim,
    /// <summary>A provider moved something else than the ledger says.</summary>
    ProviderNotLedger,
    /// <summary>A provider moved what the ledger knows nothing of.</summary>
    ProviderOnly,
    /// <summary>The ledger has what the provider knows nothing of.</summary>
    LedgerOnly,
}

/// <summary>How far a case is.</summary>
public enum CaseState
{
    /// <summary>Nobody has said what it is.</summary>
    Open,
    /// <summary>An operator has said why it is so; it still differs.</summary>
    Explained,
    /// <summary>An operator has closed it, or the difference is gone.</summary>
    Closed,
}

/// <summary>A difference between two sides that should agree.</summary>
public sealed class ReconciliationCase
{
    private ReconciliationCase() { }

    /// <summary>Longest note.</summary>
    public const int MaxNote = 1_000;

    /// <summary>Its id.</summary>
    public ReconciliationCaseId Id { get; private set; }

    /// <summary>What does not agree.</summary>
    public DifferenceKind Kind { get; private set; }

    /// <summary>What it is about: a currency, an account, a transfer, a contract. With the kind it names an open case.</summary>
    public string Subject { get; private set; } = "";

    /// <summary>The one side with what it says.</summary>
    public string OneSide { get; private set; } = "";

    /// <summary>The other side with what it says.</summary>
    public string OtherSide { get; private set; } = "";

    /// <summary>How far it is.</summary>
    public CaseState State { get; private set; }

    /// <summary>When it was first seen.</summary>
    public DateTimeOffset FoundAt { get; private set; }

    /// <summary>When it was last seen.</summary>
    public DateTimeOffset SeenAt { get; private set; }

    /// <summary>What an operator says; null for nothing.</summary>
    public string? Note { get; private set; }

    /// <summary>Who said so last; null for nobody, also where the difference went by itself.</summary>
    public string? DecidedBy { get; private set; }

    /// <summary>When it was explained or closed; null while it is open.</summary>
    public DateTimeOffset? DecidedAt { get; private set; }

    /// <summary>A new one.</summary>
    public static ReconciliationCase Find(ReconciliationCaseId id, DifferenceKind kind, string subject, string oneSide, string otherSide, DateTimeOffset now) => new()
    {
        Id = id,
        Kind = kind,
        Subject = subject,
        OneSide = oneSide,
        OtherSide = otherSide,
        FoundAt = now,
        SeenAt = now,
    };

    /// <summary>It is still there. An explanation holds only for the sides that it was given for.</summary>
    public void See(string oneSide, string otherSide, DateTimeOffset now)
    {
        if ((oneSide, otherSide) != (OneSide, OtherSide) && State == CaseState.Explained)
            (State, DecidedAt) = (CaseState.Open, null);
        (OneSide, OtherSide, SeenAt) = (oneSide, otherSide, now);
    }

    /// <summary>The sides agree again.</summary>
    public void Agree(DateTimeOffset now) => (State, Note, DecidedAt) = (CaseState.Closed, Note ?? "The two sides agree again.", now);

    /// <summary>An operator says what it is.</summary>
    public Result<Done> Decide(CaseState state, string note, string by, DateTimeOffset now)
    {
        if (State == CaseState.Closed)
            return ReconciliationErrors.Closed;
        (State, Note, DecidedBy, DecidedAt) = (state, note, by, state == CaseState.Open ? null : now);
        return Done.Ok;
    }
}

/// <summary>A run of the reconciliation.</summary>
public sealed class ReconciliationRun
{
    private ReconciliationRun() { }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>When it began; entries up to then are compared.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When it was done.</summary>
    public DateTimeOffset EndedAt { get; private set; }

    /// <summary>Accounts with new entries.</summary>
    public long Accounts { get; private set; }

    /// <summary>New entries that were read.</summary>
    public long Entries { get; private set; }

    /// <summary>Escrows and claims that were compared.</summary>
    public long Escrows { get; private set; }

    /// <summary>Provider movements that were compared.</summary>
    public long Movements { get; private set; }

    /// <summary>Differences that it saw.</summary>
    public int Differences { get; private set; }

    /// <summary>A run that is done.</summary>
    public static ReconciliationRun Done(DateTimeOffset started, DateTimeOffset ended, long accounts, long entries, long escrows, long movements, int differences) => new()
    {
        Id = Guid.CreateVersion7(started),
        StartedAt = started,
        EndedAt = ended,
        Accounts = accounts,
        Entries = entries,
        Escrows = escrows,
        Movements = movements,
        Differences = differences,
    };
}

/// <summary>Refusals of reconciliation.</summary>
public static class ReconciliationErrors
{
    /// <summary>No such case.</summary>
    public static readonly Error NotFound = Error.NotFound("reconciliation.not_found", "There is no such case.");

    /// <summary>It was closed.</summary>
    public static readonly Error Closed = Error.Conflict("reconciliation.closed", "The case is closed; the same difference opens a new one.");
}
