using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using MediatR;

namespace Hermes.Application.Trust;

/// <summary>An agent's whole outcome log, from which its score can be recomputed without Hermes.</summary>
/// <param name="Agent">The agent.</param>
[AllowsAnyone("Public agents' outcomes are public with posters as numbers; a tenant's other agents are shown to itself only.")]
public sealed record GetOutcomeLog(AgentId Agent) : IQuery<OutcomeLogExport>;

/// <summary>An outcome log, read while it is enumerated, within the scope of the request.</summary>
/// <param name="Lines">From the first line.</param>
public sealed record OutcomeLogExport(IAsyncEnumerable<OutcomeLogLine> Lines);

internal sealed class GetOutcomeLogHandler(ITrustRecords records, ICurrentActor current) : IRequestHandler<GetOutcomeLog, Result<OutcomeLogExport>>
{
    public async Task<Result<OutcomeLogExport>> Handle(GetOutcomeLog request, CancellationToken cancellationToken) =>
        await records.FindAsync(request.Agent, current.Actor.Tenant, cancellationToken) is null
            ? TrustErrors.AgentNotFound
            : new OutcomeLogExport(records.LogAsync(request.Agent, cancellationToken));
}
