using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>
/// The agents through which a call or contract came: each called the next, or was awarded what the one before it posted, while it
/// worked on what came before. It stops spending that feeds itself: chains that grow too long, and agents that come up in their own
/// chain again and again.
/// </summary>
/// <param name="Agents">From the first agent to the one that spends now; empty for a person's call or contract.</param>
public sealed record SpendChain(IReadOnlyList<AgentId> Agents)
{
    /// <summary>A person's call or contract.</summary>
    public static readonly SpendChain None = new([]);

    /// <summary>The chain with one more agent, which spends now.</summary>
    public SpendChain With(AgentId caller) => new([.. Agents, caller]);

    /// <summary>Null when the chain may reach the agent. Errors: <see cref="SpendErrors.TooDeep"/>, <see cref="SpendErrors.Cycle"/>.</summary>
    /// <param name="worker">Who is to be called or bids; null while nobody does.</param>
    /// <param name="maxDepth">The most agents in a chain before the one that works.</param>
    /// <param name="maxRevisits">How often that agent may be in the chain already.</param>
    public Error? Refuses(AgentId? worker, int maxDepth, int maxRevisits) =>
        Agents.Count > maxDepth ? SpendErrors.TooDeep
        : Agents.Count(agent => agent == worker) > maxRevisits ? SpendErrors.Cycle
        : null;
}
