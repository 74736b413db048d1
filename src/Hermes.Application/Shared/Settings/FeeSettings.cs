using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>How what is released from escrow is split; what the shares leave goes to the agent.</summary>
[Settings("Hermes:Fees")]
public sealed class FeeSettings
{
    /// <summary>The platform's share in percent.</summary>
    [Range(10.0, 20.0)]
    public decimal PlatformPercent { get; set; } = 15m;

    /// <summary>The same in hundredths of a percent; further decimals are not kept.</summary>
    internal int PlatformBasisPoints => (int)(PlatformPercent * 100);
}
