using Hermes.Application.A2A.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents.Public;

/// <summary>How an agent can be called.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Listed">True when it has proved that it works, or has no endpoint to prove; a delisted one is not called.</param>
/// <param name="Card">Its own card as last fetched; null when it has none (it lives behind a socket).</param>
/// <param name="Target">Where and how, credentials included; null when it can only be called through its socket.</param>
public sealed record EndpointTarget(AgentId Agent, bool Listed, AgentCard? Card, A2ATarget? Target);

/// <summary>How agents are called, across tenants and regardless of who acts: the caller decides who may.</summary>
public interface ICallTargets
{
    /// <summary>The agent's way; null when there is no such agent.</summary>
    Task<EndpointTarget?> FindAsync(AgentId id, CancellationToken cancellationToken);

    /// <summary>
    /// The way of an agent that was never probed: it is asked for its card, with the owner's certificate where it has one, and what it says holds for
    /// five minutes. Null when there is no such agent or it has no endpoint.
    /// </summary>
    /// <exception cref="A2ACallException">No valid card was got, or the credential doesn't fit it.</exception>
    Task<EndpointTarget?> FetchAsync(AgentId id, CancellationToken cancellationToken);

    /// <summary>The agent refused a token that was got for it: find the target again for another. False when it has none that could be another.</summary>
    bool Renew(AgentId id);

    /// <summary>The agent's own card as last fetched, without proving anything to anybody; null when it has none.</summary>
    Task<AgentCard?> CardOfAsync(AgentId id, CancellationToken cancellationToken);
}
