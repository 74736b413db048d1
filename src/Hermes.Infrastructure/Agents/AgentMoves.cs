using Hermes.Application.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Agents;

/// <summary>Calls <c>agents.assign</c> in the unit of work's transaction.</summary>
internal sealed class AgentMoves(HermesDbContext db) : IAgentMoves
{
    public async Task<AgentMove> MoveAsync(AgentId agent, TenantId from, TenantId to, DateTimeOffset at, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<string>($"SELECT agents.assign({agent.Value}, {from.Value}, {to.Value}, {at}) AS \"Value\"").ToListAsync(cancellationToken))[0] switch
        {
            "assigned" => AgentMove.Done,
            "not_paused" => AgentMove.NotPaused,
            "has_work" => AgentMove.HasWork,
            "name_taken" => AgentMove.NameTaken,
            _ => AgentMove.NotFound,
        };
}
