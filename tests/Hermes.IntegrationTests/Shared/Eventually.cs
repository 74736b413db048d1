using System.Collections;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Hermes.IntegrationTests.Shared;

/// <summary>Waiting for what other threads, nodes and processes do. A wait that is over and has not come true fails its test.</summary>
public static class Eventually
{
    /// <summary>Longer than any machine needs that is worth testing on: how fast things are is the benchmarks' business.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until it holds.</summary>
    public static Task HoldsAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        IsAsync(() => Task.FromResult(holds()), true, what);

    /// <summary>Waits until it holds.</summary>
    public static Task HoldsAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        IsAsync(holds, true, what);

    /// <summary>Reads again and again until the expected value is read.</summary>
    public static Task IsAsync<T>(Func<Task<T>> read, T expected, [CallerArgumentExpression(nameof(read))] string what = "") =>
        ReadAsync(read, value => EqualityComparer<T>.Default.Equals(value, expected), what);

    /// <summary>Reads again and again until what was read is wanted, and returns it.</summary>
    public static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            var value = await read();
            if (wanted(value))
                return value;
            if (Stopwatch.GetElapsedTime(started) >= Patience)
                throw new TimeoutException($"It never came true: {what}. At last it was: {(value is IEnumerable several and not string ? string.Join("; ", several.Cast<object>()) : value)}");
            await Task.Delay(Pause);
        }
    }
}
