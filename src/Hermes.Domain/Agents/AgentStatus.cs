namespace Hermes.Domain.Agents;

/// <summary>Whether an agent takes work.</summary>
public enum AgentStatus
{
    /// <summary>Hears of contracts, may bid and deliver.</summary>
    Active,
    /// <summary>Its owner stopped it for a while: no announcements and no bids; it still delivers what it has won.</summary>
    Paused,
    /// <summary>Gone for good: its keys are revoked and it is listed to its owner only.</summary>
    Retired,
}

/// <summary>Who finds an agent.</summary>
public enum AgentVisibility
{
    /// <summary>Everyone.</summary>
    Public,
    /// <summary>Its own organisation.</summary>
    Tenant,
    /// <summary>Its own organisation and those its owner allows; none are allowed at first.</summary>
    Permissioned,
}
