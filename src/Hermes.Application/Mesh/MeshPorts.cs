using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>What the mesh needs to know of a bidder, in one round trip.</summary>
public interface IBidders
{
    /// <summary>The agent with its effective trust and how much it works on; null when there is none in the actor's tenant.</summary>
    Task<Bidder?> FindAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>
    /// True for a contract that was announced to the whole network: a late bidder is told that the window has closed rather
    /// than that the contract doesn't exist. Nothing else of it is told.
    /// </summary>
    Task<bool> WasOpenToAllAsync(ContractId contract, CancellationToken cancellationToken);

    /// <summary>The agents among those named that could be given one more piece of work now: active, not delisted, with room. Unknown ones count as such.</summary>
    Task<IReadOnlySet<AgentId>> TakingWorkAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken);

    /// <summary>
    /// The same, and until the open transaction ends nobody else gives them work: what is said stays true. Before the ledger
    /// is written, in the order of locks.
    /// </summary>
    Task<IReadOnlySet<AgentId>> HoldAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken);

    /// <summary>
    /// Effective trust of everybody who bid on one of the actor's own contracts, also of agents that its tenant doesn't see.
    /// </summary>
    Task<IReadOnlyDictionary<AgentId, decimal>> TrustOfAsync(ContractId contract, CancellationToken cancellationToken);
}

/// <summary>Wakes the award engine when a window closes.</summary>
public interface IAwardTimer
{
    /// <summary>
    /// Plans a wake-up in the open transaction: it exists when and only when the transaction commits, and some node of the
    /// installation keeps it.
    /// </summary>
    Task ScheduleAsync(ContractId contract, DateTimeOffset dueAt, CancellationToken cancellationToken);
}

/// <summary>What became of one contract whose turn it was.</summary>
public enum DueOutcome
{
    /// <summary>It has a winner, whose price is held.</summary>
    Awarded,
    /// <summary>The wallet doesn't cover the winner's price.</summary>
    WaitsForFunds,
    /// <summary>There was no eligible bid: the window runs once more.</summary>
    Extended,
    /// <summary>There was none again, or the funds never came.</summary>
    Expired,
    /// <summary>Its start came and it opened for bids.</summary>
    Opened,
}

/// <summary>One contract that the engine handled.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Poster">Its poster.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="NextDueAt">When the engine must look at it again; null for never.</param>
/// <param name="Receipt">The receipt's content; null unless awarded.</param>
public sealed record DueContract(ContractId Contract, TenantId Poster, DueOutcome Outcome, DateTimeOffset? NextDueAt, AwardReceipt? Receipt);

/// <summary>The set-based part of the award engine.</summary>
public interface IAwardBook
{
    /// <summary>
    /// In the open transaction and one round trip: takes up to <paramref name="limit"/> contracts whose award or start is
    /// due and that nobody else is just handling, ranks their bids as <see cref="Ranking"/> does, holds the winners'
    /// prices, and writes states, awards and events. Contracts that another transaction holds are left for the next call.
    /// </summary>
    Task<IReadOnlyList<DueContract>> AwardDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Stores the receipts and writes the audit log of what was handled, in the open transaction and one round trip.</summary>
    Task StoreAsync(IReadOnlyList<DueContract> handled, IReadOnlyList<Receipt> receipts, CancellationToken cancellationToken);

    /// <summary>In the open transaction: puts the contract that is first in line off until then; null when none is due.</summary>
    Task<ContractId?> PostponeFirstAsync(DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>When the next contract is due, past or future; null when none waits.</summary>
    Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken);
}

/// <summary>Signs receipts with the installation's key.</summary>
public interface IReceiptSigner
{
    /// <summary>Signs receipts; the answers come in the same order. The first call of an installation makes its key.</summary>
    Task<IReadOnlyList<Receipt>> SignAsync(IReadOnlyList<AwardReceipt> receipts, CancellationToken cancellationToken);

    /// <summary>All keys that ever signed, as a JSON Web Key Set.</summary>
    Task<string> PublishedKeysAsync(CancellationToken cancellationToken);

    /// <summary>The installation's address, as receipts name it; empty when none is configured.</summary>
    string Issuer { get; }
}
