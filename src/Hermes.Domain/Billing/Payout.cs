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
    /// <summary>Refusals after which it is given up; the pauses between them add up to about a day.</summary>
    public const int MostRefusals = 8;

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

    /// <summary>Those of them that it refused for good reasons, as opposed to being away.</summary>
    public int Refusals { get; private set; }

    /// <summary>Whether nobody tries to send it any more: what was transferred is taken back, then the earnings have it again.</summary>
    public bool IsGivenUp => Refusals >= MostRefusals;

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

    /// <summary>The payee has it at the provider: true the first time.</summary>
    public bool Transfer(string transfer)
    {
        if (TransferId is not null)
            return false;
        TransferId = transfer;
        return true;
    }

    /// <summary>It is on its way to the bank.</summary>
    public void Send(string payout)
    {
        ProviderId = payout;
        if (State == PayoutState.Pending)
            (State, DueAt, Failure) = (PayoutState.InTransit, null, null);
    }

    /// <summary>The provider did not take it; tried again later.</summary>
    /// <param name="why">In its words.</param>
    /// <param name="refused">False when it was only away.</param>
    /// <param name="now">The present.</param>
    public void Postpone(string why, bool refused, DateTimeOffset now)
    {
        var pause = refused ? TimeSpan.FromMinutes(Math.Min(720, Math.Pow(3, Math.Min(Refusals, 10)))) : TimeSpan.FromSeconds(Math.Min(3_600, 10 * Math.Pow(2, Math.Min(Attempts, 10))));
        (Attempts, DueAt, Failure) = (Attempts + 1, now + pause, why is { Length: > 300 } ? why[..300] : why);
        if (refused)
            Refusals++;
    }

    /// <summary>Nobody tries to send it any more. Error: <see cref="BillingErrors.PayoutNotPending"/>.</summary>
    public Result<Done> GiveUp(string why, DateTimeOffset now)
    {
        if (State != PayoutState.Pending)
            return BillingErrors.PayoutNotPending;
        (Refusals, DueAt, Failure) = (Math.Max(Refusals, MostRefusals), now, why);
        return Shared.Done.Ok;
    }

    /// <summary>It arrived: true the first time.</summary>
    public bool Arrive(string payout, DateTimeOffset at)
    {
        if (State is PayoutState.Paid or PayoutState.Failed)
            return false;
        (State, ProviderId, EndedAt, DueAt, Failure) = (PayoutState.Paid, payout, at, null, null);
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
