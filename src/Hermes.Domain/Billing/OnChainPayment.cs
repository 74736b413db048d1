using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>
/// A signed payment on a chain that was given for a purchase. It is kept before the facilitator is asked to settle it, so that
/// a node that dies in between leaves something to ask about again.
/// </summary>
public sealed class OnChainPayment : ITenantOwned, IVersioned
{
    /// <summary>For how long a settlement that was asked for belongs to whoever asked; longer than any answer takes.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(35);

    /// <summary>For how long after its authorization is void a payment is asked about.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private OnChainPayment() { }

    /// <summary>The purchase that it pays.</summary>
    public PurchaseId PurchaseId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What the chain takes once only: network, asset, payer and nonce. Unique, so nobody pays twice with it.</summary>
    public string Authorization { get; private set; } = "";

    /// <summary>The payer's address.</summary>
    public string Payer { get; private set; } = "";

    /// <summary>As it was signed, JSON.</summary>
    public string Payload { get; private set; } = "{}";

    /// <summary>What the payer was asked for, JSON.</summary>
    public string Requirements { get; private set; } = "{}";

    /// <summary>When the authorization is void.</summary>
    public DateTimeOffset ValidUntil { get; private set; }

    /// <summary>How often the facilitator was asked to settle it.</summary>
    public int Attempts { get; private set; }

    /// <summary>When it is asked about again, or booked; null once it is booked, refused or given up.</summary>
    public DateTimeOffset? NextAt { get; private set; }

    /// <summary>The transaction on the chain; null until it is known. Unique.</summary>
    public string? Transaction { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Nobody asks about it any more, and no transaction is known. Its outcome is unknown while its purchase is open; else it was refused.</summary>
    public bool IsGivenUp => NextAt is null && Transaction is null;

    /// <summary>Keeps one, to be settled at once by whoever keeps it.</summary>
    public static OnChainPayment Keep(PurchaseId purchase, TenantId tenant, string authorization, string payer, string payload, string requirements, DateTimeOffset validUntil, DateTimeOffset now) => new()
    {
        PurchaseId = purchase,
        TenantId = tenant,
        Authorization = authorization,
        Payer = payer,
        Payload = payload,
        Requirements = requirements,
        ValidUntil = validUntil,
        NextAt = now + Lease,
    };

    /// <summary>Takes it to ask for its settlement; false while another has it, and when it is over.</summary>
    public bool Take(DateTimeOffset now)
    {
        if (NextAt is not { } next || (Attempts > 0 && now < next))
            return false;
        Attempts++;
        NextAt = now + Lease;
        return true;
    }

    /// <summary>The outcome stays unknown: asked again later, with growing pauses, until long after it is void.</summary>
    public void Wait(DateTimeOffset now) => NextAt = now > ValidUntil + Patience ? null : now + TimeSpan.FromSeconds(Math.Min(600, 5 * Math.Pow(2, Attempts)));

    /// <summary>The chain has it: it is booked by whoever has it, or next.</summary>
    public void Settle(string transaction, DateTimeOffset now) => (Transaction, NextAt) = (transaction, NextAt ?? now);

    /// <summary>It is over: booked, or the chain will not have it.</summary>
    public void Close() => NextAt = null;
}
