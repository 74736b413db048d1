using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents;

/// <summary>What agents derive from.</summary>
public interface IOrigins
{
    /// <summary>
    /// The agent and what it derives from, nearest first, one more than an agent may derive from at most; empty when the
    /// tenant does not see it. Until the open transaction ends nobody else's agent takes an origin, so that no circle closes.
    /// </summary>
    Task<IReadOnlyList<OriginLink>> ChainAsync(AgentId origin, TenantId viewer, CancellationToken cancellationToken);
}
