using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>An account's id: what entries point to. Callers name accounts by <see cref="AccountRef"/> instead.</summary>
public readonly record struct AccountId(Guid Value) : IId<AccountId>
{
    /// <inheritdoc />
    public static AccountId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>
/// An account as it stands. Read only: balances, entries and transfers change through the database's own functions and
/// nothing else, so these types have no way to.
/// </summary>
public sealed class Account : ITenantOwned
{
    private Account()
    {
    }

    /// <summary>Its id.</summary>
    public AccountId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What it is for.</summary>
    public AccountKind Kind { get; private set; }

    /// <summary>A tenant's id, a contract's for escrow, the platform's for its own.</summary>
    public Guid OwnerId { get; private set; }

    /// <summary>Its currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>The sum of its entries, in micro-units.</summary>
    public long Balance { get; private set; }

    /// <summary>True for the accounts that stand for the outside world.</summary>
    public bool MayBeNegative { get; private set; }

    /// <summary>True at a balance of zero; computed by the database, for finding the few escrows that hold something among the many that did.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>How many entries it has; the last one's <see cref="Entry.Seq"/>.</summary>
    public long EntryCount { get; private set; }

    /// <summary>When it was first posted to.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    /// <summary>When its last entry was made; <see cref="OpenedAt"/> before the first.</summary>
    public DateTimeOffset LastEntryAt { get; private set; }
}
