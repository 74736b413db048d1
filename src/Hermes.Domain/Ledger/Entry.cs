using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>One account's part in a posted transfer. Never changed, never deleted.</summary>
public sealed class Entry : ITenantOwned
{
    private Entry()
    {
    }

    /// <summary>The account.</summary>
    public AccountId AccountId { get; private set; }

    /// <summary>1, 2, 3 … within the account, without a gap.</summary>
    public long Seq { get; private set; }

    /// <summary>The transfer it is part of.</summary>
    public TransferId TransferId { get; private set; }

    /// <summary>The account's tenant.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The account's currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>What the balance changed by, in micro-units; never zero.</summary>
    public long Amount { get; private set; }

    /// <summary>The account's balance after it, in micro-units.</summary>
    public long BalanceAfter { get; private set; }

    /// <summary>Why, for people and filters: <c>contract.hold</c>. The transfer's, as are the next three: a history reads them without a join.</summary>
    public string Purpose { get; private set; } = "";

    /// <summary>What kind of thing caused it.</summary>
    public string SubjectType { get; private set; } = "";

    /// <summary>Which one.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>A sentence for the history; null for none.</summary>
    public string? Note { get; private set; }

    /// <summary>When it was posted; never before the account's previous entry, whatever the clock did.</summary>
    public DateTimeOffset CreatedAt { get; private set; }
}
