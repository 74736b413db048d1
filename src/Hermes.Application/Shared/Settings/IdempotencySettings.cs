namespace Hermes.Application.Shared.Settings;

/// <summary>How long Hermes knows what was sent before.</summary>
[Settings("Hermes:Idempotency")]
public sealed class IdempotencySettings : IChecksItself
{
    /// <summary>
    /// How long the very same hold or payment by the same payer is taken for a retry of the first, whatever key it brings. Zero
    /// switches it off: then only keys tell retries.
    /// </summary>
    public TimeSpan DerivedWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (DerivedWindow < TimeSpan.Zero || DerivedWindow > TimeSpan.FromDays(1))
            yield return $"DerivedWindow is {DerivedWindow} and must be from 00:00:00 to 1.00:00:00";
    }
}
