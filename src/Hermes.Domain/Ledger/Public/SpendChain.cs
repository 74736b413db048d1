using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>
/// The agents through which a call came: each called the next while it worked on the call before. It stops spending that
/// feeds itself: chains that grow too long, and agents that come up in their own chain again and again.
/// </summary>
/// <param name="Agents">From the first agent to the one that calls now; empty for a person's call.</param>
public sealed record SpendChain(IReadOnlyList<AgentId> Agents)
{
    /// <summary>A person's call.</summary>
    public static readonly SpendChain None = new([]);

    /// <summary>The chain with one more agent, which calls now.</summary>
    public SpendChain With(AgentId caller) => new([.. Agents, caller]);

    /// <summary>Null when the chain may reach the agent. Errors: <see cref="SpendErrors.TooDeep"/>, <see cref="SpendErrors.Cycle"/>.</summary>
    /// <param name="callee">Who is to be called.</param>
    /// <param name="maxDepth">The most agents in a chain before the one that is called.</param>
    /// <param name="maxRevisits">How often the called agent may be in the chain already.</param>
    public Error? Refuses(AgentId callee, int maxDepth, int maxRevisits) =>
        Agents.Count > maxDepth ? SpendErrors.TooDeep
        : Agents.Count(agent => agent == callee) > maxRevisits ? SpendErrors.Cycle
        : null;
}
