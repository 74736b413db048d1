using Hermes.Application.A2A.Public;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents;

/// <summary>What a probe found.</summary>
/// <param name="Steps">In order; the last one failed unless the probe passed.</param>
/// <param name="Failure">What kind of failure; null when it passed.</param>
/// <param name="Card">The card; null when it couldn't be read.</param>
public sealed record ProbeOutcome(IReadOnlyList<ProbeStep> Steps, string? Failure, FetchedCard? Card);

/// <summary>An agent whose turn it is.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tenant">Its owner.</param>
/// <param name="Endpoint">What to probe; null for its socket.</param>
/// <param name="Lease">Proves to <see cref="RecordProbe"/> whose turn it was.</param>
public sealed record DueProbe(AgentId Agent, TenantId Tenant, Uri? Endpoint, Guid Lease);

/// <summary>Really calls an agent: reads its card, sends a message, reads the task, cancels it, streams where the card says so.</summary>
public interface IProber
{
    /// <summary>Probes; whatever the agent does ends in an outcome.</summary>
    Task<ProbeOutcome> ProbeAsync(AgentId agent, Uri endpoint, CancellationToken cancellationToken);
}
