using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>How a stored event stands.</summary>
public enum WebhookEventState
{
    /// <summary>Its turn comes.</summary>
    Waiting,
    /// <summary>What follows from it is done.</summary>
    Done,
    /// <summary>Nothing follows from it.</summary>
    Ignored,
    /// <summary>It failed too often: an operator looks at it and lets it run again.</summary>
    Parked,
}

/// <summary>Something that a provider said happened; kept once, however often it is said.</summary>
public sealed class WebhookEvent
{
    /// <summary>Attempts before it is parked.</summary>
    public const int MostAttempts = 8;

    private WebhookEvent() { }

    /// <summary>Its id in Hermes; in the order of arrival.</summary>
    public WebhookEventId Id { get; private set; }

    /// <summary>Who said it.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>Its id there; unique per provider.</summary>
    public string EventId { get; private set; } = "";

    /// <summary>In the provider's words: <c>invoice.paid</c>.</summary>
    public string Type { get; private set; } = "";

    /// <summary>What it is about: events of one object are processed one after the other.</summary>
    public string ObjectId { get; private set; } = "";

    /// <summary>As it came.</summary>
    public string Payload { get; private set; } = "";

    /// <summary>When it happened there; whole seconds.</summary>
    public DateTimeOffset OccurredAt { get; private set; }

    /// <summary>When it came.</summary>
    public DateTimeOffset ReceivedAt { get; private set; }

    /// <summary>True when Hermes fetched it because it had not come.</summary>
    public bool Fetched { get; private set; }

    /// <summary>How it stands.</summary>
    public WebhookEventState State { get; private set; }

    /// <summary>Attempts that failed.</summary>
    public int Attempts { get; private set; }

    /// <summary>When its turn comes.</summary>
    public DateTimeOffset NextAt { get; private set; }

    /// <summary>Until when a node has it; null for none.</summary>
    public DateTimeOffset? LeasedUntil { get; private set; }

    /// <summary>Why the last attempt failed; null for none.</summary>
    public string? Failure { get; private set; }

    /// <summary>When it was done; null before.</summary>
    public DateTimeOffset? DoneAt { get; private set; }

    /// <summary>What follows from it is done, or nothing does.</summary>
    public void Finish(bool ignored, DateTimeOffset at) =>
        (State, DoneAt, LeasedUntil, Failure) = (ignored ? WebhookEventState.Ignored : WebhookEventState.Done, at, null, null);

    /// <summary>An attempt failed: again later, with growing pauses, or parked.</summary>
    public void Fail(string why, DateTimeOffset at)
    {
        Attempts++;
        (Failure, LeasedUntil, NextAt) = (why.Length > 500 ? why[..500] : why, null, at + TimeSpan.FromSeconds(Math.Min(3_600, 2 * Math.Pow(3, Attempts - 1))));
        if (Attempts >= MostAttempts)
            State = WebhookEventState.Parked;
    }

    /// <summary>Once more from the beginning; also what was done or ignored, whose effects happen once anyhow.</summary>
    public Result<Done> Replay(DateTimeOffset at)
    {
        if (State == WebhookEventState.Waiting)
            return BillingErrors.EventNotParked;
        (State, Attempts, NextAt, LeasedUntil, DoneAt) = (WebhookEventState.Waiting, 0, at, null, null);
        return Shared.Done.Ok;
    }
}

/// <summary>How often a tenant used something in a time.</summary>
public sealed class UsageWindow : ITenantOwned
{
    private UsageWindow() { }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What: <c>request</c>, <c>call</c>; <c>seat</c> and <c>agent</c> carry warnings only.</summary>
    public string Use { get; private set; } = "";

    /// <summary>The start of the day or hour, UTC.</summary>
    public DateTimeOffset StartsAt { get; private set; }

    /// <summary>How often.</summary>
    public long Count { get; private set; }

    /// <summary>How often beyond what the plan includes; charged.</summary>
    public long Over { get; private set; }

    /// <summary>What of <see cref="Over"/> the provider was told.</summary>
    public long Reported { get; private set; }

    /// <summary>What of <see cref="Over"/> the provider is being told: fixed before it is told, so that a repetition tells the same.</summary>
    public long Reporting { get; private set; }

    /// <summary>The last warning in percent: 0, 80, 100.</summary>
    public int Warned { get; private set; }
}
