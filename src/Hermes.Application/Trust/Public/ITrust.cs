using Hermes.Domain.Shared;
using Hermes.Domain.Trust.Public;

namespace Hermes.Application.Trust.Public;

/// <summary>Trust for other capabilities: outcomes in, effective trust out.</summary>
public interface ITrust
{
    /// <summary>
    /// Appends the outcomes to their agents' logs and brings their scores up to date, in the caller's open transaction
    /// and one round trip. An outcome that its agent and contract have already is left out, so a repeated settlement
    /// counts once. System actors only: outcomes belong to other tenants than the one that acts.
    /// </summary>
    Task RecordOutcomesAsync(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a poster's rating to the outcome of its contract and brings the agent's score up to date, in the caller's
    /// open transaction. The caller has checked that the actor may rate the contract.
    /// </summary>
    /// <param name="agent">The agent that the contract was awarded to.</param>
    /// <param name="contract">The contract.</param>
    /// <param name="stars">1–5.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><c>trust.rated_already</c> the second time, <c>trust.nothing_to_rate</c> where there is no outcome.</returns>
    Task<Result<Done>> RateAsync(AgentId agent, ContractId contract, int stars, CancellationToken cancellationToken);

    /// <summary>Effective trust, 0–1 with four decimals; 0.5 for an agent without outcomes. Every agent asked for is in the answer.</summary>
    Task<IReadOnlyDictionary<AgentId, decimal>> EffectiveAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken);
}
