using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>What an owner says of an agent; unchecked until <see cref="Agent.Register"/> or <see cref="Agent.Edit"/> takes it.</summary>
/// <param name="Name">1–100 characters; unique within the tenant among agents that are not retired.</param>
/// <param name="Description">What it does, at most 4,000 characters; may be empty.</param>
/// <param name="Capabilities">1–50 slugs, normalised when taken.</param>
/// <param name="Endpoint">Where it answers calls; null for an agent that only works through its socket.</param>
/// <param name="BasePrice">What it usually asks for one piece of work; zero or more.</param>
/// <param name="Visibility">Who finds it.</param>
/// <param name="Tags">At most 20 slugs.</param>
/// <param name="Categories">At most 5 slugs.</param>
/// <param name="Capacity">Pieces of work it takes at the same time, 1–10,000.</param>
/// <param name="Languages">Languages that it works in, at most 30 slugs such as <c>en</c> or <c>pt-br</c>; null for none named.</param>
/// <param name="Regions">Where it works or keeps data, at most 30 slugs such as <c>eu</c> or <c>us-east</c>; null for none named.</param>
public sealed record AgentProfile(
    string Name,
    string Description,
    IReadOnlyList<string> Capabilities,
    string? Endpoint,
    Money BasePrice,
    AgentVisibility Visibility,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Categories,
    int Capacity,
    IReadOnlyList<string>? Languages = null,
    IReadOnlyList<string>? Regions = null);

/// <summary>A program that finds contracts, bids, delivers and is paid, owned by one tenant.</summary>
public sealed class Agent : ITenantOwned, IVersioned
{
    /// <summary>Most pieces of work at the same time.</summary>
    public const int MaxCapacity = 10_000;

    /// <summary>Most capabilities.</summary>
    public const int MaxCapabilities = 50;

    /// <summary>Most tags.</summary>
    public const int MaxTags = 20;

    /// <summary>Most categories.</summary>
    public const int MaxCategories = 5;

    /// <summary>Most languages, and most regions.</summary>
    public const int MaxPlaces = 30;

    private Agent() { }

    /// <summary>Its id.</summary>
    public AgentId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>1–100 characters.</summary>
    public string Name { get; private set; } = "";

    /// <summary>What it does; may be empty.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Sorted slugs, 1–50.</summary>
    public string[] Capabilities { get; private set; } = [];

    /// <summary>Where it answers calls: an absolute http or https address; null for none.</summary>
    public string? Endpoint { get; private set; }

    /// <summary>What it usually asks.</summary>
    public Money BasePrice { get; private set; }

    /// <summary>Who finds it.</summary>
    public AgentVisibility Visibility { get; private set; }

    /// <summary>Sorted slugs.</summary>
    public string[] Tags { get; private set; } = [];

    /// <summary>Sorted slugs.</summary>
    public string[] Categories { get; private set; } = [];

    /// <summary>Languages that it works in, sorted slugs; empty when none is named.</summary>
    public string[] Languages { get; private set; } = [];

    /// <summary>Where it works, sorted slugs; empty when nothing is named.</summary>
    public string[] Regions { get; private set; } = [];

    /// <summary>Pieces of work at the same time.</summary>
    public int Capacity { get; private set; }

    /// <summary>Whether it takes work.</summary>
    public AgentStatus Status { get; private set; }

    /// <summary>Whether it is found; moved by probes and by a change of the endpoint.</summary>
    public ListingState Listing { get; private set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset RegisteredAt { get; private set; }

    /// <summary>When it was last edited, paused, resumed or retired.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new, active agent.</summary>
    public static Result<Agent> Register(TenantId tenant, AgentProfile profile, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var agent = new Agent { Id = Domain.Shared.Id.New<AgentId>(clock), TenantId = tenant, Status = AgentStatus.Active, RegisteredAt = now };
        return agent.Take(profile, now) is { } error ? error : agent;
    }

    /// <summary>Takes a new profile; refused for a retired agent.</summary>
    public Result<Done> Edit(AgentProfile profile, TimeProvider clock)
    {
        if (Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        return Take(profile, clock.GetUtcNow()) is { } error ? error : Done.Ok;
    }

    /// <summary>Takes what a probe of its endpoint found; a retired agent and one without endpoint stay as they are.</summary>
    /// <param name="failuresInRow">Failures up to now; 0 when the probe passed.</param>
    public ListingChange TakeProbe(int failuresInRow)
    {
        if (Status == AgentStatus.Retired || Endpoint is null)
            return ListingChange.None;
        var (state, change) = (Listing, failuresInRow) switch
        {
            (ListingState.Unproved, 0) => (ListingState.Listed, ListingChange.Listed),
            (ListingState.Delisted, 0) => (ListingState.Listed, ListingChange.Restored),
            (ListingState.Listed, >= ProbeSchedule.FailuresToDelist) => (ListingState.Delisted, ListingChange.Delisted),
            _ => (Listing, ListingChange.None),
        };
        Listing = state;
        return change;
    }

    /// <summary>Active → paused.</summary>
    public Result<Done> Pause(TimeProvider clock) => Move(AgentStatus.Active, AgentStatus.Paused, AgentErrors.NotActive, clock);

    /// <summary>Paused → active.</summary>
    public Result<Done> Resume(TimeProvider clock) => Move(AgentStatus.Paused, AgentStatus.Active, AgentErrors.NotPaused, clock);

    /// <summary>Active or paused → retired, for good. The caller revokes its keys.</summary>
    public Result<Done> Retire(TimeProvider clock) => Move(Status, AgentStatus.Retired, AgentErrors.Retired, clock);

    private Result<Done> Move(AgentStatus from, AgentStatus to, Error otherwise, TimeProvider clock)
    {
        if (Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        if (Status != from)
            return otherwise;
        Status = to;
        ChangedAt = clock.GetUtcNow();
        return Done.Ok;
    }

    private Error? Take(AgentProfile profile, DateTimeOffset now)
    {
        var name = profile.Name.Trim();
        if (name.Length is 0 or > 100 || name.Any(char.IsControl))
            return AgentErrors.Member("name", "Between 1 and 100 characters.");
        if (profile.Description.Length > 4_000)
            return AgentErrors.Member("description", "At most 4,000 characters.");
        if (profile.BasePrice.MicroUnits is < 0 or > Money.MaxAmountMicroUnits)
            return AgentErrors.Member("base_price", "Zero or more.");
        if (profile.Capacity is < 1 or > MaxCapacity)
            return AgentErrors.Member("capacity", $"Between 1 and {MaxCapacity}.");
        if (profile.Endpoint is { } endpoint && !IsEndpoint(endpoint))
            return AgentErrors.Member("endpoint", "An absolute http or https address without user name, at most 2,048 characters.");
        var capabilities = Slugs.List("capabilities", profile.Capabilities, 1, MaxCapabilities);
        var tags = Slugs.List("tags", profile.Tags, 0, MaxTags);
        var categories = Slugs.List("categories", profile.Categories, 0, MaxCategories);
        var languages = Slugs.List("languages", profile.Languages, 0, MaxPlaces);
        var regions = Slugs.List("regions", profile.Regions, 0, MaxPlaces);
        if ((capabilities.Error ?? tags.Error ?? categories.Error ?? languages.Error ?? regions.Error) is { } wrong)
            return wrong;
        // Another endpoint has to prove itself anew; an agent without one is hired by contract and needs no proof.
        if (ChangedAt == default || Endpoint != profile.Endpoint)
            Listing = profile.Endpoint is null ? ListingState.Listed : ListingState.Unproved;
        (Name, Description, Endpoint) = (name, profile.Description.Trim(), profile.Endpoint);
        (Capabilities, Tags, Categories) = (capabilities.Value, tags.Value, categories.Value);
        (Languages, Regions) = (languages.Value, regions.Value);
        (BasePrice, Visibility, Capacity, ChangedAt) = (profile.BasePrice, profile.Visibility, profile.Capacity, now);
        return null;
    }

    private static bool IsEndpoint(string text) =>
        text.Length <= 2_048 && Uri.TryCreate(text, UriKind.Absolute, out var uri) &&
        uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0;
}
