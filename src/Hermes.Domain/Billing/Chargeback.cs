using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>A payment that a payer's bank took back. One takes once and gives back at most once, however often it is said.</summary>
public sealed class Chargeback : ITenantOwned, IVersioned
{
    private Chargeback() { }

    /// <summary>Who said it.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>The provider's dispute; unique per provider.</summary>
    public string DisputeId { get; private set; } = "";

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Whose payment.</summary>
    public PurchaseId PurchaseId { get; private set; }

    /// <summary>What was taken, in coins.</summary>
    public long Minor { get; private set; }

    /// <summary>When it was taken from the wallet.</summary>
    public DateTimeOffset TakenAt { get; private set; }

    /// <summary>When the wallet had it again; null while it has not.</summary>
    public DateTimeOffset? GivenBackAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Takes so much of the purchase back.</summary>
    public static Chargeback Take(Purchase purchase, string dispute, long minor, DateTimeOffset at)
    {
        var taken = new Chargeback { Provider = purchase.Provider, DisputeId = dispute, TenantId = purchase.TenantId, PurchaseId = purchase.Id, Minor = Math.Min(minor, purchase.ChargedMinor), TakenAt = at };
        purchase.Dispute(taken.Minor);
        return taken;
    }

    /// <summary>The bank decided for the installation: true the first time.</summary>
    public bool GiveBack(Purchase purchase, DateTimeOffset at)
    {
        if (GivenBackAt is not null)
            return false;
        GivenBackAt = at;
        purchase.Dispute(-Minor);
        return true;
    }
}
