using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Requests that one caller may send in a minute, over all nodes together; 0 switches a limit off.</summary>
[Settings("Hermes:RateLimits")]
public sealed class RateLimitSettings
{
    /// <summary>Of a signed-in person.</summary>
    [Range(0, 10_000_000)]
    public int PersonPerMinute { get; set; } = 1200;

    /// <summary>Of an agent.</summary>
    [Range(0, 10_000_000)]
    public int AgentPerMinute { get; set; } = 6000;

    /// <summary>Of an address, counting only requests without a valid credential.</summary>
    [Range(0, 10_000_000)]
    public int AddressPerMinute { get; set; } = 600;

    /// <summary>Sign-ins, sign-ups, resets and tokens by password of an address.</summary>
    [Range(0, 10_000_000)]
    public int SignInsPerMinute { get; set; } = 60;
}
