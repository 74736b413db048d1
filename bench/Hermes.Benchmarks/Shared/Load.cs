using System.Diagnostics;

namespace Hermes.Benchmarks.Shared;

/// <summary>What was measured: how many in how long, and how long each took.</summary>
public sealed class Measured(double seconds, IReadOnlyCollection<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    /// <summary>How many.</summary>
    public int Count => _sorted.Length;

    /// <summary>How many a second.</summary>
    public double PerSecond => Count / seconds;

    /// <summary>Milliseconds that a share (0–1) of them stayed within.</summary>
    public double Percentile(double share) =>
        _sorted.Length == 0 ? double.NaN : _sorted[Math.Min(_sorted.Length - 1, (int)Math.Ceiling(share * _sorted.Length) - 1)];

    /// <summary>Median, in milliseconds.</summary>
    public double P50 => Percentile(0.5);

    /// <summary>99th percentile, in milliseconds.</summary>
    public double P99 => Percentile(0.99);
}

/// <summary>Runs work on many callers at once.</summary>
public static class Load
{
    /// <summary>Callers that repeat the work for a time, after a warm-up of a third of it that isn't counted.</summary>
    public static async Task<Measured> ForAsync(int callers, TimeSpan time, Func<int, Task> work, CancellationToken cancellationToken)
    {
        await RoundAsync(callers, time / 3, work, cancellationToken);
        return await RoundAsync(callers, time, work, cancellationToken);
    }

    /// <summary>Does each piece of work once, at most so many at the same time.</summary>
    public static async Task<Measured> EachAsync<T>(int callers, IReadOnlyList<T> pieces, Func<T, Task> work, CancellationToken cancellationToken)
    {
        var times = new double[pieces.Count];
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, pieces.Count, new ParallelOptions { MaxDegreeOfParallelism = callers, CancellationToken = cancellationToken }, async (i, _) =>
        {
            var started = Stopwatch.GetTimestamp();
            await work(pieces[i]);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        });
        return new Measured(watch.Elapsed.TotalSeconds, times);
    }

    private static async Task<Measured> RoundAsync(int callers, TimeSpan time, Func<int, Task> work, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var times = new List<double>();
            while (watch.Elapsed < time)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var started = Stopwatch.GetTimestamp();
                await work(caller);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return times;
        }, cancellationToken)));
        return new Measured(watch.Elapsed.TotalSeconds, [.. all.SelectMany(t => t)]);
    }
}

/// <summary>Prints figures in one form.</summary>
public static class Report
{
    /// <summary>What is being measured next.</summary>
    public static void Step(string text) => Console.WriteLine($"   … {text}");

    /// <summary>A rate of which more is better.</summary>
    public static void Rate(string what, double limit, double hermes, string unit, double? goalRatio = null, double? goal = null) =>
        Console.WriteLine($"{what,-44} limit {limit,10:#,0} {unit}   Hermes {hermes,10:#,0} {unit}   ratio {hermes / limit:0.00}{Verdict(goalRatio is { } r ? hermes / limit >= r : goal is { } g ? hermes >= g : null)}");

    /// <summary>A time of which less is better; the ratio is limit ÷ Hermes, so that 1 is as good as the limit.</summary>
    public static void Time(string what, double? limit, double hermes, string unit, double? goal = null) =>
        Console.WriteLine($"{what,-44} limit {(limit is { } l ? $"{l,10:#,0.0} {unit}" : "         –")}   Hermes {hermes,10:#,0.0} {unit}   ratio {(limit is { } m && hermes > 0 ? $"{m / hermes:0.00}" : "–")}{Verdict(goal is { } g ? hermes <= g : null)}");

    /// <summary>Another line.</summary>
    public static void Note(string text) => Console.WriteLine("   " + text);

    private static string Verdict(bool? met) => met switch
    {
        true => "   goal met",
        false => "   GOAL MISSED",
        null => "",
    };
}
