using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using MediatR;

namespace Hermes.Application.Trust;

/// <summary>An agent's trust score as of now.</summary>
/// <param name="Agent">The agent.</param>
[AllowsAnyone("Public agents' trust is public; a tenant's other agents are shown to itself only.")]
public sealed record GetTrustScore(AgentId Agent) : IQuery<TrustScoreView>;

/// <summary>A trust score.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Score">0–1 with four decimals.</param>
/// <param name="Effective">The score shrunk towards 0.5 with the weight of five contracts; what ranking and award use.</param>
/// <param name="Grade"><c>A+</c> to <c>F</c>; null (unrated) below three contracts.</param>
/// <param name="Contracts">Contracts with an outcome.</param>
/// <param name="Badges">Keys of its badges.</param>
public sealed record TrustScoreView(AgentId AgentId, decimal Score, decimal Effective, string? Grade, int Contracts, IReadOnlyList<string> Badges);

internal sealed class GetTrustScoreHandler(ITrustRecords records, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetTrustScore, Result<TrustScoreView>>
{
    public async Task<Result<TrustScoreView>> Handle(GetTrustScore request, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(request.Agent, current.Actor.Tenant, cancellationToken) is not { } record)
            return TrustErrors.AgentNotFound;
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var trust = TrustScore.Of(record.Counters, today);
        return new TrustScoreView(record.Agent, trust.Score, trust.Effective, trust.Grade, record.Counters.Contracts,
            [.. Badge.EarnedBy(trust, today).Select(b => b.Key)]);
    }
}
