namespace Hermes.IntegrationTests.Shared;

/// <summary>The machine's clock with an offset that tests move; timers run in real time.</summary>
public sealed class TestClock : TimeProvider
{
    private long _offsetTicks;

    /// <summary>Jumps, backwards too.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _offsetTicks, by.Ticks);

    /// <summary>Jumps to the beginning of the next minute: what is counted by the clock's minutes has a whole one before it.</summary>
    public void AdvanceToMinute() => Advance(TimeSpan.FromTicks(TimeSpan.TicksPerMinute - GetUtcNow().Ticks % TimeSpan.TicksPerMinute));

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _offsetTicks));
}
