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
/// <param name="DerivedFrom">The agent that it derives from; null says nothing. It is said once and stays.</param>
/// <param name="RoyaltyPercent">What others' agents that derive from it owe of what they are paid, 0–10 with two decimals; null: others may not derive from it.</param>
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
    IReadOnlyList<string>? Regions = null,
    AgentId? DerivedFrom = null,
    decimal? RoyaltyPercent = null);

/// <summary>An agent that another derives from.</summary>
/// <param name="Id">The agent.</param>
/// <param name="TenantId">Its owner.</param>
/// <param name="IsRetired">True when it is retired.</param>
/// <param name="RoyaltyBasisPoints">What its public terms ask, in hundredths of a percent; null for none.</param>
/// <param name="OwedBasisPoints">What it owes its own origin, in hundredths of a percent.</param>
public sealed record OriginLink(AgentId Id, TenantId TenantId, bool IsRetired, int? RoyaltyBasisPoints, int OwedBasisPoints);

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

    /// <summary>Most agents that one derives from, one from the other.</summary>
    public const int MaxOrigins = 3;

    /// <summary>Most that is owed to all of them together, in hundredths of a percent.</summary>
    public const int MaxRoyaltyBasisPoints = 1_000;

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

    /// <summary>The agent that it derives from; null for none.</summary>
    public AgentId? DerivedFrom { get; private set; }

    /// <summary>What it owes its origin of what it is paid, in hundredths of a percent, as agreed when it was derived.</summary>
    public int OwedBasisPoints { get; private set; }

    /// <summary>What others' agents that derive from it will owe, in hundredths of a percent; null: others may not derive from it.</summary>
    public int? RoyaltyBasisPoints { get; private set; }

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

    /// <summary>
    /// Takes the origin that it derives from, for good: at the origin's public terms, or for nothing within one organisation.
    /// Refused when it has another origin already, when the origin's owner does not allow it, and when the chain would turn
    /// back on itself or be too long or too dear.
    /// </summary>
    /// <param name="chain">The origin and what that derives from, nearest first; empty when the origin is not there for this tenant.</param>
    public Result<Done> Derive(IReadOnlyList<OriginLink> chain)
    {
        if (chain.Count == 0 || chain[0].IsRetired)
            return AgentErrors.OriginNotFound;
        var origin = chain[0];
        if (DerivedFrom == origin.Id)
            return Done.Ok;
        if (DerivedFrom is not null)
            return AgentErrors.OriginFixed;
        if (chain.Any(link => link.Id == Id))
            return AgentErrors.DerivedInCircle;
        if (chain.Count > MaxOrigins)
            return AgentErrors.DerivedTooFar;
        if (origin.TenantId != TenantId && origin.RoyaltyBasisPoints is null)
            return AgentErrors.OriginNotLicensed;
        var owed = origin.TenantId == TenantId ? 0 : origin.RoyaltyBasisPoints!.Value;
        if (owed + chain.Sum(link => link.OwedBasisPoints) > MaxRoyaltyBasisPoints)
            return AgentErrors.RoyaltiesTooHigh;
        (DerivedFrom, OwedBasisPoints) = (origin.Id, owed);
        return Done.Ok;
    }

    /// <summary>Its listed price is another one from now on.</summary>
    public void List(Money price, TimeProvider clock) => (BasePrice, ChangedAt) = (price, clock.GetUtcNow());

    /// <summary>A price was said of it, for now or later.</summary>
    public void Touch(TimeProvider clock) => ChangedAt = clock.GetUtcNow();

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
        if (profile.RoyaltyPercent is { } royalty && (royalty is < 0 or > 10 || decimal.Round(royalty, 2) != royalty))
            return AgentErrors.Member("royalty_percent", "0 to 10 with at most two decimals.");
        if (DerivedFrom is not null && profile.DerivedFrom is not null && profile.DerivedFrom != DerivedFrom)
            return AgentErrors.OriginFixed;
        var capabilities = Slugs.List("capabilities", profile.Capabilities, 1, MaxCapabilities);
        var tags = Slugs.List("tags", profile.Tags, 0, MaxTags);
        var categories = Slugs.List("categories", profile.Categories, 0, MaxCategories);
        var languages = Slugs.List("languages", profile.Languages, 0, MaxPlaces);
        var regions = Slugs.List("regions", profile.Regions, 0, MaxPlaces);
        if ((capabilities.Error ?? tags.Error ?? categories.Error ?? languages.Error ?? regions.Error) is { } wrong)
            return wrong;
        // Another endpoint has to prove itself anew; an agent without one is hired by contract, which needs no proof of calls.
        if (ChangedAt == default || Endpoint != profile.Endpoint)
            Listing = profile.Endpoint is null ? ListingState.Listed : ListingState.Unproved;
        (Name, Description, Endpoint) = (name, profile.Description.Trim(), profile.Endpoint);
        (Capabilities, Tags, Categories) = (capabilities.Value, tags.Value, categories.Value);
        (Languages, Regions) = (languages.Value, regions.Value);
        RoyaltyBasisPoints = (int?)(profile.RoyaltyPercent * 100);
        (BasePrice, Visibility, Capacity, ChangedAt) = (profile.BasePrice, profile.Visibility, profile.Capacity, now);
        return null;
    }

    private static bool IsEndpoint(string text) =>
        text.Length <= 2_048 && Uri.TryCreate(text, UriKind.Absolute, out var uri) &&
        uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0;
}
