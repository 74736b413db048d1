using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>An agent as one caller meets it: what it is, how its owner wants it called, and what bears on this caller.</summary>
/// <param name="Id">The agent.</param>
/// <param name="TenantId">Its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does; may be empty.</param>
/// <param name="Capabilities">Sorted slugs.</param>
/// <param name="Tags">Sorted slugs.</param>
/// <param name="IsActive">False while it is paused or retired.</param>
/// <param name="IsRetired">Gone for good.</param>
/// <param name="IsListed">It has proved that it answers calls.</param>
/// <param name="Endpoint">Where it answers; null for none.</param>
/// <param name="Price">What a usual call costs, or a quoted one at most.</param>
/// <param name="ChangedAt">When it was last changed.</param>
/// <param name="IsConnected">True while a socket of it is open on a living node.</param>
/// <param name="Facts">What bears on this caller.</param>
/// <param name="RequiresApproval">Strangers need the owner's word.</param>
/// <param name="AllowedOrigins">Where strangers' calls must come from; empty for anywhere.</param>
/// <param name="MaxCallsPerHour">Null for no limit.</param>
/// <param name="MaxParallel">Calls at the same time.</param>
/// <param name="TimeoutSeconds">When the caller says nothing.</param>
/// <param name="Backup">Takes over when it can't be reached; null for none.</param>
public sealed record CallTarget(
    AgentId Id, TenantId TenantId, string Name, string Description, IReadOnlyList<string> Capabilities, IReadOnlyList<string> Tags,
    bool IsActive, bool IsRetired, bool IsListed, string? Endpoint, Money Price, DateTimeOffset ChangedAt, bool IsConnected, AccessFacts Facts,
    bool RequiresApproval, IReadOnlyList<string> AllowedOrigins, int? MaxCallsPerHour, int MaxParallel, int TimeoutSeconds, AgentId? Backup)
{
    /// <summary>What its owner asks at this moment; <see cref="Price"/> is its price of a usual call until a call is quoted, then the most that one costs.</summary>
    public PriceTerms Terms { get; init; } = PriceTerms.PerCall(Price);

    /// <summary>The subscription that the caller's organisation has; null for none.</summary>
    public SubscriptionFacts? Subscription { get; init; }

    /// <summary>True when the subscription pays for the quoted call and counts it.</summary>
    public bool IsIncluded { get; init; }

    /// <summary>What counts for this caller: what it has subscribed to, else what the owner asks of everybody.</summary>
    public PriceTerms Asked => Subscription?.Terms ?? Terms;

    /// <summary>What a subscription does for this caller's next call.</summary>
    public SubscriptionCover Cover => Facts.SameTenant ? SubscriptionCover.Own
        : Subscription is not { } there ? SubscriptionCover.None
        : there.HasCallLeft ? SubscriptionCover.Included : SubscriptionCover.UsedUp;

    /// <summary>By which a quoted call's reported units are charged; null where the price is known beforehand.</summary>
    public UnitTariff? Tariff { get; init; }

    /// <summary>How it can be reached at this moment; null when it can't.</summary>
    public CallTransport? Transport => BuiltInAgents.Is(Id) ? CallTransport.BuiltIn : Endpoint is not null ? CallTransport.Http : IsConnected ? CallTransport.Socket : null;

    /// <summary>Who may call, by the stated order.</summary>
    public AccessDecision Access => AccessRules.Decide(Facts);
}

/// <summary>A caller's running subscription of an agent.</summary>
/// <param name="Id">Which.</param>
/// <param name="Terms">What was agreed for this month.</param>
/// <param name="UsedCalls">Included calls that were made in it.</param>
public sealed record SubscriptionFacts(AgentSubscriptionId Id, PriceTerms Terms, long UsedCalls)
{
    /// <summary>True when one more call is included.</summary>
    public bool HasCallLeft => Terms.Subscription?.IncludedCalls is not { } included || UsedCalls < included;

    /// <summary>Of the subscription as it stands.</summary>
    public static SubscriptionFacts Of(AgentSubscription subscription) => new(subscription.Id, subscription.Terms, subscription.UsedCalls);
}

/// <summary>Reads agents across tenants for their callers.</summary>
public interface ICallDirectory
{
    /// <summary>The agent as the caller meets it, whether it may call or not; null when there is none.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="caller">The caller's tenant; null for visitors.</param>
    /// <param name="callerAgent">The calling agent; null for people.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<CallTarget?> FindAsync(AgentId agent, TenantId? caller, AgentId? callerAgent, CancellationToken cancellationToken);

    /// <summary>How busy an agent is.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="places">Calls that it takes at the same time.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<MarketFacts> MarketOfAsync(AgentId agent, int places, CancellationToken cancellationToken);

    /// <summary>Names of agents, for showing; unknown ones are left out.</summary>
    Task<IReadOnlyDictionary<AgentId, string>> NamesAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken);
}

/// <summary>What an agent's gate says to one more call.</summary>
public enum Admission
{
    /// <summary>Come in.</summary>
    Admitted,
    /// <summary>The circuit is open.</summary>
    CircuitOpen,
    /// <summary>As many as it takes are running.</summary>
    Busy,
    /// <summary>As many as allowed were made in this hour.</summary>
    RateLimited,
}

/// <summary>
/// The gate before each agent: bulkhead, hourly limit and circuit breaker, in the database, so that all nodes stand
/// before the same one.
/// </summary>
public interface ICallGates
{
    /// <summary>Asks for one more call, in the open transaction, which holds the gate until it ends. An open circuit lets one call through when its time has come.</summary>
    Task<Admission> AdmitAsync(AgentId agent, int maxParallel, int? maxPerHour, CancellationToken cancellationToken);

    /// <summary>True when the agent has a place for a call that goes on after it waited for its caller; holds the gate like <see cref="AdmitAsync"/>.</summary>
    Task<bool> HasPlaceAsync(AgentId agent, int maxParallel, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the gate how a call ended for the agent: a success closes the circuit, the fifth failure in a row opens it. An open
    /// one stays open for longer after a failure of the call that it let through, not of those that ran when it opened.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <param name="succeeded">How it ended.</param>
    /// <param name="began">When the call began.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    Task ConcludeAsync(AgentId agent, bool succeeded, DateTimeOffset began, CancellationToken cancellationToken);
}

/// <summary>Wakes those who wait for news of a call, on every node.</summary>
public interface ICallFeed
{
    /// <summary>Watches a call from now on; dispose it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="after">The number of the event up to which everything is known: no news.</param>
    ICallWatch Watch(CallId call, int after = 0);

    /// <summary>There is news, on this node at once; others hear of the call's event.</summary>
    /// <param name="call">The call.</param>
    /// <param name="sequence">The number of its last event; <see cref="int.MaxValue"/> for news to everybody.</param>
    void Pulse(CallId call, int sequence);
}

/// <summary>One who waits for news of a call.</summary>
public interface ICallWatch : IDisposable
{
    /// <summary>Until there was news since the last wait, or the time is over.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary>Takes calls to agents that don't fetch them by a socket.</summary>
public interface ICallCarrier
{
    /// <summary>This node is the one that carries the call, for a moment: with the commit no other looks for it.</summary>
    void Take(Call call);

    /// <summary>Carries a call that it has taken.</summary>
    void Carry(CallId call);

    /// <summary>The call has something to be carried; without it the next look finds it.</summary>
    void Wake(CallId call);

    /// <summary>The call was called off: the agent is told when it can be.</summary>
    void CallOff(CallId call);
}

/// <summary>Encrypts what callers entrust to Hermes for their pushes.</summary>
public interface IPushSecrets
{
    /// <summary>Encrypts.</summary>
    string Protect(string text);

    /// <summary>Decrypts.</summary>
    string Unprotect(string secret);
}

/// <summary>What agents' pushes to Hermes prove themselves with: nobody else can make one, and each is good for one call.</summary>
public interface IPushTokens
{
    /// <summary>A token for the pushes of an agent about a call.</summary>
    string For(CallId call, AgentId agent);

    /// <summary>True when the token was made for exactly this; takes as long whatever is wrong with it.</summary>
    bool Fits(string token, CallId call, AgentId agent);
}

/// <summary>Agents that are a part of Hermes itself.</summary>
public static class BuiltInAgents
{
    /// <summary>The mesh: gets things done by contract.</summary>
    public static readonly AgentId Mesh = new(new Guid("00000000-0000-7000-8000-0000000000a1"));

    /// <summary>Behaves as the protocol's conformance kits expect; in development, where it is switched on.</summary>
    public static readonly AgentId Conformance = new(new Guid("00000000-0000-7000-8000-0000000000a2"));

    /// <summary>True for one of them.</summary>
    public static bool Is(AgentId agent) => agent == Mesh || agent == Conformance;
}
