using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>A probe of an agent.</summary>
public readonly record struct ProbeId(Guid Value) : IId<ProbeId>
{
    /// <inheritdoc />
    public static ProbeId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>One step of a probe.</summary>
/// <param name="Name"><c>card</c>, <c>message</c>, <c>task</c>, <c>cancel</c> or <c>stream</c>.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Said">What was found, or what is wrong, in one sentence.</param>
public sealed record ProbeStep(string Name, ProbeStepOutcome Outcome, int Milliseconds, string Said);

/// <summary>How a step went.</summary>
public enum ProbeStepOutcome
{
    /// <summary>As it has to be.</summary>
    Passed,
    /// <summary>Wrong; the probe failed and ended there.</summary>
    Failed,
    /// <summary>Not to be expected of this agent.</summary>
    Skipped,
}

/// <summary>What a probe found: kept as the proof that an agent works, or of what is wrong with it.</summary>
public sealed class AgentProbe : ITenantOwned
{
    /// <summary>What stands for the endpoint where the agent was probed down its socket.</summary>
    public const string Socket = "socket";

    private AgentProbe() { }

    /// <summary>Its id.</summary>
    public ProbeId Id { get; private set; }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What was probed: an address, or <see cref="Socket"/>.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>True when every step passed.</summary>
    public bool Passed { get; private set; }

    /// <summary>What kind of failure, such as <c>timed_out</c>; null when it passed.</summary>
    public string? Failure { get; private set; }

    /// <summary>From the first step to the last.</summary>
    public int Milliseconds { get; private set; }

    /// <summary>The steps in order; the last one is the one that failed.</summary>
    public IReadOnlyList<ProbeStep> Steps { get; private set; } = [];

    /// <summary>Version of the card as it was then; null when it couldn't be read.</summary>
    public string? CardVersion { get; private set; }

    /// <summary>A probe that has ended.</summary>
    public static AgentProbe Of(Agent agent, string endpoint, DateTimeOffset at, IReadOnlyList<ProbeStep> steps, string? failure, string? cardVersion, TimeProvider clock) => new()
    {
        Id = Domain.Shared.Id.New<ProbeId>(clock),
        AgentId = agent.Id,
        TenantId = agent.TenantId,
        At = at,
        Endpoint = endpoint,
        Passed = failure is null,
        Failure = failure,
        Milliseconds = steps.Sum(s => s.Milliseconds),
        Steps = steps,
        CardVersion = cardVersion,
    };
}

/// <summary>A form of an agent's card as it was fetched; one row per different text.</summary>
public sealed class KeptCard : ITenantOwned
{
    private KeptCard() { }

    /// <summary>Whose.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>SHA-256 of the text.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>The version that the card names.</summary>
    public string Version { get; private set; } = "";

    /// <summary>The text as fetched.</summary>
    public string Json { get; private set; } = "";

    /// <summary>Where it lies.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The agent's endpoint that it was read for; a card of another endpoint says nothing of the present one.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>When it was first seen.</summary>
    public DateTimeOffset FirstSeenAt { get; private set; }

    /// <summary>When it was last seen; the latest is the present card.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>A card that was seen for the first time.</summary>
    public static KeptCard Of(Agent agent, byte[] hash, string version, string json, string url, string endpoint, DateTimeOffset now) => new()
    {
        AgentId = agent.Id,
        TenantId = agent.TenantId,
        Hash = hash,
        Version = version,
        Json = json,
        Url = url,
        Endpoint = endpoint,
        FirstSeenAt = now,
        LastSeenAt = now,
    };

    /// <summary>It was seen again.</summary>
    public void SeeAgain(string url, string endpoint, DateTimeOffset now) => (Url, Endpoint, LastSeenAt) = (url, endpoint, now);
}
