namespace Hermes.Domain.Agents;

/// <summary>Whether an agent is found by those who look for one.</summary>
public enum ListingState
{
    /// <summary>It names an endpoint that no probe has seen working yet: not found, but it may bid.</summary>
    Unproved,
    /// <summary>A probe has seen its endpoint working; or it has none, and is hired by contract until it is proved callable, too.</summary>
    Listed,
    /// <summary>Its endpoint worked once and failed three probes in a row: not found, and it may not bid.</summary>
    Delisted,
}

/// <summary>Whether an agent can be called, at its endpoint or down its socket.</summary>
public enum CallableState
{
    /// <summary>It is never probed: it is retired.</summary>
    None,
    /// <summary>No probe has ended yet; or it has no endpoint and has not answered one down its socket yet.</summary>
    Unproved,
    /// <summary>The last probe passed.</summary>
    Proved,
    /// <summary>The last probe failed.</summary>
    Failing,
}

/// <summary>What a probe changed of an agent's listing.</summary>
public enum ListingChange
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>It has proved itself for the first time, or at a new endpoint.</summary>
    Listed,
    /// <summary>Three failures in a row.</summary>
    Delisted,
    /// <summary>It works again.</summary>
    Restored,
}
