using System.Globalization;
using System.Text.Json;
using Hermes.Domain.Trust;

namespace Hermes.Verify;

/// <summary>
/// hermes recompute outcomes.jsonl [--on 2026-03-01]
///
/// Checks the hash chain of an agent's outcome log (GET /api/v1/marketplace/agents/{id}/outcomes) and computes the trust
/// score that follows from it as of a day (without one: today), with nothing but the log. Compare score and the last hash
/// with what the installation says. Exit code 0: the chain holds; 1: it doesn't; 2: called wrongly.
/// </summary>
internal static class Recompute
{
    public static int Run(string[] words)
    {
        DateOnly? on = null;
        if (words is [_, "--on", var day])
        {
            if (!DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed))
                return Wrong($"'{day}' is not a day such as 2026-03-01.");
            on = parsed;
        }
        else if (words is not [_])
        {
            return Wrong("hermes recompute <outcomes.jsonl> [--on <yyyy-MM-dd>]");
        }
        List<OutcomeLogLine> lines;
        try
        {
            lines = [.. File.ReadLines(words[0]).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<OutcomeLogLine>(l, OutcomeLog.Json)!)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Wrong(failure.Message);
        }
        catch (JsonException failure)
        {
            Console.WriteLine($"The log does NOT hold: a line is not an outcome or a rating ({failure.Message})");
            return 1;
        }
        var asOf = on ?? DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var (trust, error) = OutcomeLog.Recompute(lines, asOf);
        if (trust is null)
        {
            Console.WriteLine($"The log does NOT hold: {error}");
            return 1;
        }
        var c = trust.Counters;
        Console.WriteLine($"{lines.Count} lines, the last with hash {(lines.Count == 0 ? OutcomeLog.Start : lines[^1].Hash)}");
        Console.WriteLine($"{c.Contracts} contracts: {c.Successes} successful, {c.OnTime} on time; {c.Ratings} ratings; first on {c.FirstOn:yyyy-MM-dd}");
        Console.WriteLine($"success rate {trust.SuccessRate:0.000000} × 0.40 + latency {trust.Latency:0.000000} × 0.20 + rating {trust.Rating:0.000000} × 0.20 + longevity {trust.Longevity:0.000000} × 0.10 + consistency {trust.Consistency:0.000000} × 0.10");
        Console.WriteLine($"Score {trust.Score:0.0000} as of {asOf:yyyy-MM-dd}, grade {trust.Grade ?? "unrated"}, effective trust {trust.Effective:0.0000}");
        var badges = Badge.EarnedBy(trust, asOf).Select(b => b.Name).ToList();
        Console.WriteLine($"Badges: {(badges.Count == 0 ? "none" : string.Join(", ", badges))}");
        return 0;
    }

    private static int Wrong(string what)
    {
        Console.Error.WriteLine(what);
        return 2;
    }
}
