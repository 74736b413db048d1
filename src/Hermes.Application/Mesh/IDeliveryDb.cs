using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The mesh's tables from the delivery on. Poster and winner of a contract see its rows.</summary>
public interface IDeliveryDb
{
    /// <summary>Results.</summary>
    DbSet<Delivery> Deliveries { get; }

    /// <summary>How escrows were split.</summary>
    DbSet<Settlement> Settlements { get; }

    /// <summary>Disputes.</summary>
    DbSet<Dispute> Disputes { get; }

    /// <summary>What the sides of disputes gave.</summary>
    DbSet<DisputeEvidence> Evidence { get; }

    /// <summary>Its files.</summary>
    DbSet<EvidenceFile> EvidenceFiles { get; }
}

/// <summary>What of a contract may be due by itself.</summary>
public enum DueKind
{
    /// <summary>It is validated and its escrow waits.</summary>
    Settlement,
    /// <summary>The acceptance window is over without the poster's word.</summary>
    Acceptance,
    /// <summary>The result is due and has not come.</summary>
    Deadline,
}

/// <summary>Finds contracts that are due, for whichever node comes first.</summary>
public interface IDueContracts
{
    /// <summary>
    /// Locks up to <paramref name="limit"/> due contracts, longest due first, until the open transaction ends; those that
    /// another transaction holds are left to it.
    /// </summary>
    /// <param name="kind">What is due.</param>
    /// <param name="now">The instant.</param>
    /// <param name="limit">Most contracts.</param>
    /// <param name="only">This contract or none, waiting for whoever holds it; null for any.</param>
    /// <param name="except">Contracts that are left alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ContractId>> LockAsync(DueKind kind, DateTimeOffset now, int limit, ContractId? only, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken);

    /// <summary>Locks one contract until the open transaction ends, waiting for whoever holds it; false when there is none.</summary>
    Task<bool> LockOneAsync(ContractId contract, CancellationToken cancellationToken);

    /// <summary>Due contracts but for some, longest due first, without locking them.</summary>
    Task<IReadOnlyList<ContractId>> ListAsync(DueKind kind, DateTimeOffset now, int limit, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken);
}

/// <summary>Wakes this node's settlement at once; without it validated contracts wait for the next sweep.</summary>
public interface ISettlementSignal
{
    /// <summary>There is something to settle.</summary>
    void Wake();
}
