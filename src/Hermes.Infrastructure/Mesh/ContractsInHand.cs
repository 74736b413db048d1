using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Contracts that an agent has won and not delivered yet.</summary>
internal sealed class ContractsInHand(HermesDbContext db) : IAgentWork
{
    public async Task<SpendChain> DeepestAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var chains = await db.Contracts.AsNoTracking().Where(c => c.WinnerAgentId == agent && (c.State == ContractState.Awarded || c.State == ContractState.InProgress))
            .OrderByDescending(c => c.AwardedAt).Take(200).Select(c => c.ChainAgents).ToListAsync(cancellationToken);
        return new SpendChain([.. (chains.MaxBy(c => c.Length) ?? []).Select(id => new AgentId(id))]);
    }
}
