using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The tables of the mesh.</summary>
public interface IMeshDb
{
    /// <summary>
    /// Contracts that the tenant may see: its own, those open to it for bids, and those that its agents bid on or are
    /// invited to.
    /// </summary>
    DbSet<Contract> Contracts { get; }

    /// <summary>Bids of the tenant's agents and bids on its contracts. What of them is sealed is the use cases' to decide.</summary>
    DbSet<Bid> Bids { get; }

    /// <summary>Awards of contracts that the tenant posted, and those that its agents won.</summary>
    DbSet<Award> Awards { get; }

    /// <summary>How contracts that the tenant posted or bid on were awarded, without who won; only read.</summary>
    DbSet<AwardOutcome> AwardOutcomes { get; }

    /// <summary>Receipts of contracts that the tenant posted or bid on.</summary>
    DbSet<Receipt> Receipts { get; }

    /// <summary>Preferences of the tenant's people.</summary>
    DbSet<Preferences> Preferences { get; }

    /// <summary>
    /// Locks the contract's row until the transaction ends and waits for bids that are just being written, so that what is
    /// read of bids afterwards is all there is. False when the actor's tenant doesn't own such a contract.
    /// </summary>
    Task<bool> LockContractAsync(ContractId id, CancellationToken cancellationToken);

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
