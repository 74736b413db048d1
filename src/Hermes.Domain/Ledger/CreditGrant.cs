using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>Why credits were given.</summary>
public enum CreditKind
{
    /// <summary>For a new organisation.</summary>
    SignUp,
    /// <summary>For a day.</summary>
    Daily,
    /// <summary>For having been referred, or for having referred another.</summary>
    Referral,
}

/// <summary>A grant's id.</summary>
public readonly record struct CreditGrantId(Guid Value) : IId<CreditGrantId>
{
    /// <inheritdoc />
    public static CreditGrantId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>Promotional credits that were given at once. The oldest are spent first. Written by the ledger's functions only.</summary>
public sealed class CreditGrant : ITenantOwned
{
    private CreditGrant() { }

    /// <summary>Its id.</summary>
    public CreditGrantId Id { get; private set; }

    /// <summary>To whom.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>Why.</summary>
    public CreditKind Kind { get; private set; }

    /// <summary>What makes it the only one of its kind: the day, the other organisation; empty for sign-up.</summary>
    public string Reference { get; private set; } = "";

    /// <summary>Its currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>How much, in micro-units, above zero.</summary>
    public long Amount { get; private set; }

    /// <summary>When it was given.</summary>
    public DateTimeOffset GrantedAt { get; private set; }

    /// <summary>The person that claimed it; null for one that came by itself.</summary>
    public PersonId? ClaimedBy { get; private set; }

    /// <summary>When what is left of it goes back.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When it went back; null before.</summary>
    public DateTimeOffset? ExpiredAt { get; private set; }

    /// <summary>What went back, in micro-units; zero when all was spent or it has not expired.</summary>
    public long ExpiredAmount { get; private set; }
}

/// <summary>An organisation that another one brought. One for each organisation.</summary>
public sealed class Referral : ITenantOwned
{
    private Referral() { }

    /// <summary>Who was brought.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>By whom.</summary>
    public TenantId ReferrerTenantId { get; private set; }

    /// <summary>When it said so.</summary>
    public DateTimeOffset EnteredAt { get; private set; }

    /// <summary>When both were rewarded; null before.</summary>
    public DateTimeOffset? RewardedAt { get; private set; }

    /// <summary>Both were rewarded.</summary>
    public void Reward(DateTimeOffset now) => RewardedAt ??= now;

    /// <summary>Says who brought an organisation.</summary>
    public static Referral Of(TenantId referred, TenantId referrer, DateTimeOffset now) => new() { TenantId = referred, ReferrerTenantId = referrer, EnteredAt = now };
}

/// <summary>Refusals of promotional credits.</summary>
public static class PromotionErrors
{
    /// <summary>The installation gives none of this kind.</summary>
    public static readonly Error Off = Error.Conflict("promotions.off", "This installation gives no such credits at the moment.");

    /// <summary>They were claimed.</summary>
    public static readonly Error Taken = Error.Conflict("promotions.taken", "These credits were claimed already, by your organisation or by you for another.");

    /// <summary>The organisation is not new any more, or has had as many as there are.</summary>
    public static readonly Error NotEntitled = Error.Conflict("promotions.not_entitled", "Your organisation can't claim these credits any more.");

    /// <summary>The installation has given as much as it gives in a day.</summary>
    public static readonly Error Exhausted = new("promotions.exhausted", "All of today's credits have been given; try again tomorrow.", ErrorKind.LimitExceeded);

    /// <summary>No organisation has this code, or it is the own one.</summary>
    public static readonly Error UnknownCode = Error.Validation(new Dictionary<string, string[]> { ["code"] = ["No other organisation has this code."] });

    /// <summary>Two organisations of the same people.</summary>
    public static readonly Error SamePeople = Error.Conflict("promotions.same_people", "The two organisations have people in common.");
}
