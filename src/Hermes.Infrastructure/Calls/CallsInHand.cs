using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Calls;

/// <summary>Calls that an agent works on.</summary>
internal sealed class CallsInHand(HermesDbContext db) : IAgentWork
{
    public async Task<SpendChain> DeepestAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var chains = await db.Calls.AsNoTracking().Where(c => c.ServedBy == agent && c.EndedAt == null).OrderByDescending(c => c.CreatedAt).Take(200)
            .Select(c => c.ChainAgents).ToListAsync(cancellationToken);
        return new SpendChain([.. (chains.MaxBy(c => c.Length) ?? []).Select(id => new AgentId(id))]);
    }
}
