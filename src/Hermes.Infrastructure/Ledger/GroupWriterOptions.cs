using System.ComponentModel.DataAnnotations;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Limits of the group writer, whether money may be made up, and how long entries stay (configuration section <c>Hermes:Ledger</c>).</summary>
[Settings("Hermes:Ledger")]
public sealed class GroupWriterOptions : IChecksItself
{
    /// <summary>Whether credits may be added without a payment; null: everywhere but in Production.</summary>
    public bool? DevelopmentCredits { get; set; }

    /// <summary>Transfers that may wait; more callers wait for room.</summary>
    [Range(1, 1_000_000)]
    public int QueueLength { get; set; } = 8_192;

    /// <summary>Most transfers in one statement.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 1_024;

    /// <summary>How long a batch is tried again while the database can't be reached; then its callers are told that the ledger is unavailable.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whole months of entries before the present one that stay attached; null: all. The job of the night archives one month at a time.</summary>
    [Range(13, 1_200)]
    public int? KeepMonths { get; set; }

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (Patience < TimeSpan.Zero || Patience > TimeSpan.FromMinutes(5))
            yield return $"Patience is {Patience} and must be from 00:00:00 to 00:05:00";
    }
}
