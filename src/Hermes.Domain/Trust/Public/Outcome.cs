using Hermes.Domain.Shared;

namespace Hermes.Domain.Trust.Public;

/// <summary>How one contract ended for the agent that it was awarded to.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Owner">The tenant that owns it.</param>
/// <param name="Contract">The contract.</param>
/// <param name="Poster">The tenant that posted the contract.</param>
/// <param name="Success">Settled, and not lost in a dispute.</param>
/// <param name="OnTime">Delivered within the time that the bid promised.</param>
/// <param name="Quality">The score of the validation, 0–1, four decimals; 0 where nothing acceptable was delivered.</param>
/// <param name="LostInDispute">An operator decided against the agent; never together with <paramref name="Success"/>.</param>
/// <param name="Earned">Paid to the agent's owner, after fees; zero for nothing.</param>
/// <param name="At">When the outcome was certain; kept with microseconds.</param>
public sealed record Outcome(
    AgentId Agent,
    TenantId Owner,
    ContractId Contract,
    TenantId Poster,
    bool Success,
    bool OnTime,
    decimal Quality,
    bool LostInDispute,
    Money Earned,
    DateTimeOffset At);
