namespace Hermes.Infrastructure.Ledger;

/// <summary>Limits of the group writer (configuration section <c>Hermes:Ledger</c>).</summary>
public sealed class GroupWriterOptions
{
    /// <summary>Transfers that may wait; more callers wait for room.</summary>
    public int QueueLength { get; set; } = 8_192;

    /// <summary>Most transfers in one statement.</summary>
    public int BatchSize { get; set; } = 1_024;

    /// <summary>How long a batch is tried again while the database can't be reached; then its callers are told that the ledger is unavailable.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);
}
