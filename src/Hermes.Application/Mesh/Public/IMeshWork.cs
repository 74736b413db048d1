using System.Text.Json;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh.Public;

/// <summary>Work to be done by contract.</summary>
/// <param name="Title">One line.</param>
/// <param name="Intent">What is to be done.</param>
/// <param name="Reward">The budget.</param>
/// <param name="Capabilities">All of these are needed; may be empty.</param>
/// <param name="Context">The input: a JSON object; null for none.</param>
/// <param name="BiddingWindowSeconds">How long bids are taken.</param>
/// <param name="SpentBy">The agent that has it posted; null for a person.</param>
/// <param name="Mandate">The mandate that the agent names; null lets the ledger choose.</param>
/// <param name="Project">The project that it is for; null for none.</param>
/// <param name="Chain">The agents through which it came, <paramref name="SpentBy"/> last; null for a person.</param>
public sealed record WorkOrder(
    string Title, string Intent, Money Reward, IReadOnlyList<string> Capabilities, JsonElement? Context, int BiddingWindowSeconds,
    AgentId? SpentBy = null, MandateId? Mandate = null, string? Project = null, SpendChain? Chain = null);

/// <summary>Where a contract is.</summary>
/// <param name="State">As the API writes it: <c>bidding</c>.</param>
/// <param name="IsDelivered">A result is there.</param>
/// <param name="IsOver">It ended without a result.</param>
/// <param name="Reason">Why it ended; null when not said.</param>
/// <param name="Price">The winner's price; null before the award.</param>
/// <param name="Result">The result; null before the delivery.</param>
public sealed record WorkProgress(string State, bool IsDelivered, bool IsOver, string? Reason, Money? Price, JsonElement? Result);

/// <summary>Contracts for other capabilities, in a tenant's name.</summary>
public interface IMeshWork
{
    /// <summary>Posts a contract, open for bids at once.</summary>
    Task<Result<ContractId>> PostAsync(TenantId tenant, WorkOrder order, CancellationToken cancellationToken);

    /// <summary>Where a contract of the tenant is; null when there is none.</summary>
    Task<WorkProgress?> FindAsync(TenantId tenant, ContractId contract, CancellationToken cancellationToken);

    /// <summary>Calls a contract off where that is still possible.</summary>
    Task CancelAsync(TenantId tenant, ContractId contract, CancellationToken cancellationToken);
}
