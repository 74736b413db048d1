using Hermes.Application.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Mesh;

/// <summary>What contracts say is held for them: the winner's price, or what is left of it, from the award until it is settled or given back.</summary>
internal sealed class ContractClaims(HermesDbContext db) : IHeldClaims
{
    private static readonly ContractState[] Holding = [ContractState.Awarded, ContractState.InProgress, ContractState.Delivered, ContractState.Validated, ContractState.Disputed];

    public async Task<IReadOnlyList<HeldClaim>> OpenAsync(CancellationToken cancellationToken) =>
        await ReadAsync(db.Contracts.AsNoTracking().Where(c => Holding.Contains(c.State)), cancellationToken);

    public async Task<IReadOnlyList<HeldClaim>> OfAsync(IReadOnlyCollection<Guid> subjects, CancellationToken cancellationToken)
    {
        List<ContractId> ids = [.. subjects.Select(id => new ContractId(id))];
        return await ReadAsync(db.Contracts.AsNoTracking().Where(c => ids.Contains(c.Id)), cancellationToken);
    }

    private static async Task<IReadOnlyList<HeldClaim>> ReadAsync(IQueryable<Contract> contracts, CancellationToken cancellationToken) =>
        (await contracts.Select(c => new { c.Id, c.State, c.Held, c.Reward.Currency }).ToListAsync(cancellationToken))
            .ConvertAll(c => new HeldClaim("contract", c.Id.Value, c.State.ToString(), Holding.Contains(c.State) ? c.Held : Money.Zero(c.Currency)));
}
