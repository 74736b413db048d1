using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>How a payout stands.</summary>
public enum PayoutState
{
    /// <summary>Taken from the earnings; waits for its turn or for the hold of a new account to end.</summary>
    Pending,
    /// <summary>The provider has the money and pays it to the bank.</summary>
    InTransit,
    /// <summary>Arrived.</summary>
    Paid,
    /// <summary>It did not arrive; the earnings have it back.</summary>
    Failed,
}

/// <summary>Earnings on their way to the tenant's bank.</summary>
public sealed class Payout : ITenantOwned, IVersioned
{
    private Payout() { }

    /// <summary>Its id; the provider's idempotency keys follow from it.</summary>
    public PayoutId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>The agent in whose name it was asked for; null for the tenant as a whole.</summary>
    public AgentId? AgentId { get; private set; }

    /// <summary>Whole coins.</summary>
    public Money Amount { get; private set; }

    /// <summary>How it stands.</summary>
    public PayoutState State { get; private set; }

    /// <summary>Through whom.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>The payee there.</summary>
    public string PayeeId { get; private set; } = "";

    /// <summary>The provider's transfer to the payee; null before.</summary>
    public string? TransferId { get; private set; }

    /// <summary>The provider's payout to the bank; null before.</summary>
    public string? ProviderId { get; private set; }

    /// <summary>Why it failed; null otherwise.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether the schedule asked for it.</summary>
    public bool Scheduled { get; private set; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset RequestedAt { get; private set; }

    /// <summary>When it is sent, or tried again; null when there is nothing more to do for Hermes.</summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Attempts to send it that the provider did not take.</summary>
    public int Attempts { get; private set; }

    /// <summary>When it arrived or failed; null before.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new one.</summary>
    public static Payout Ask(PayoutId id, BillingAccount account, AgentId? agent, Money amount, bool scheduled, TimeSpan hold, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var until = account.PayeeSince is { } since && since + hold > now ? since + hold : now;
        return new Payout
        {
            Id = id,
            TenantId = account.TenantId,
            AgentId = agent,
            Amount = amount,
            Provider = account.Provider,
            PayeeId = account.PayeeId!,
            Scheduled = scheduled,
            RequestedAt = now,
            DueAt = until,
        };
    }

    /// <summary>The provider has it.</summary>
    public void Send(string transfer, string payout)
    {
        (TransferId, ProviderId) = (transfer, payout);
        if (State == PayoutState.Pending)
            (State, DueAt) = (PayoutState.InTransit, null);
    }

    /// <summary>The provider did not take it; tried again later.</summary>
    public void Postpone(DateTimeOffset at, string why) => (Attempts, DueAt, Failure) = (Attempts + 1, at, why);

    /// <summary>It arrived: true the first time.</summary>
    public bool Arrive(DateTimeOffset at)
    {
        if (State is PayoutState.Paid or PayoutState.Failed)
            return false;
        (State, EndedAt, DueAt, Failure) = (PayoutState.Paid, at, null, null);
        return true;
    }

    /// <summary>It did not arrive: true the first time. A bank may send back what had arrived.</summary>
    public bool Fail(string why, DateTimeOffset at)
    {
        if (State == PayoutState.Failed)
            return false;
        (State, EndedAt, DueAt, Failure) = (PayoutState.Failed, at, null, why is { Length: > 300 } ? why[..300] : why);
        return true;
    }
}
