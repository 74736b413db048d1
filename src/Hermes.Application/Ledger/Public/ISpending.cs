using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>What an agent is about to pay for.</summary>
/// <param name="Payer">The agent's tenant, whose wallet pays.</param>
/// <param name="Agent">The agent that spends.</param>
/// <param name="SubjectType"><c>call</c> or <c>contract</c>: the subject type of the transfers that will follow.</param>
/// <param name="SubjectId">Which one: the subject of those transfers.</param>
/// <param name="Amount">The most that will be held for it, above zero.</param>
/// <param name="Mandate">The mandate it names; null lets the ledger choose one of the agent's that fits.</param>
/// <param name="Payee">Who will be paid; null when not known yet, which only a mandate without payees allows.</param>
/// <param name="PayeeTenant">The payee's owner; null as above.</param>
/// <param name="Capabilities">What is paid for: what the payee can do (a mandate names one of it), or without a payee what the contract asks for (a mandate names all of it).</param>
/// <param name="Project">The project that it is for; null for none.</param>
public sealed record Spend(
    TenantId Payer, AgentId Agent, string SubjectType, Guid SubjectId, Money Amount, MandateId? Mandate, AgentId? Payee, TenantId? PayeeTenant,
    IReadOnlyList<string> Capabilities, string? Project);

/// <summary>Answers what agents work on; each capability that gives agents work implements one.</summary>
public interface IAgentWork
{
    /// <summary>The longest chain among what the agent has in hand; empty when it has nothing, or nothing that came through agents.</summary>
    Task<SpendChain> DeepestAsync(AgentId agent, CancellationToken cancellationToken);
}

/// <summary>Spending that may go on.</summary>
/// <param name="Mandate">The mandate that it counts against; null when the agent has none and needs none.</param>
public sealed record SpendBegun(MandateId? Mandate);

/// <summary>
/// Binds what an agent pays for to its mandate. From then on every transfer of that subject counts by itself: what leaves the
/// payer's wallet is taken from the mandate, what comes back is given back, in the posting's own transaction.
/// </summary>
public interface ISpending
{
    /// <summary>
    /// Begins in the unit of work's open transaction, before the hold is posted; a refusal must be returned, so that the transaction
    /// rolls back. Errors: those of <see cref="SpendErrors"/> but the chain's.
    /// </summary>
    Task<Result<SpendBegun>> BeginAsync(Spend spend, CancellationToken cancellationToken);

    /// <summary>The chain of what an agent spends now: that of the deepest work that it has in hand, then the agent itself.</summary>
    Task<SpendChain> ChainOfAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>True when the subject's mandate, if it has one, lets another payee take over.</summary>
    Task<bool> AllowsAsync(Guid subject, AgentId payee, TenantId payeeTenant, IReadOnlyList<string> capabilities, CancellationToken cancellationToken);
}
