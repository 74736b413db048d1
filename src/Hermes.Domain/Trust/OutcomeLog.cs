using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hermes.Domain.Trust.Public;

namespace Hermes.Domain.Trust;

/// <summary>
/// One line of an agent's outcome log. There are two kinds: an <c>outcome</c>, and the <c>rating</c> that a poster gave
/// later. Each line's hash covers its content and the hash of the line before, so that a changed, missing or inserted
/// line shows; posters appear as numbers in the order in which they first came, 0 being the agent's own owner.
/// </summary>
public sealed record OutcomeLogLine
{
    /// <summary>1 for the agent's first line, then without gaps.</summary>
    public required int Sequence { get; init; }

    /// <summary><c>outcome</c> or <c>rating</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The agent.</summary>
    public required Guid AgentId { get; init; }

    /// <summary>The contract.</summary>
    public required Guid ContractId { get; init; }

    /// <summary>UTC, to the microsecond.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The poster's number; null on a rating.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Poster { get; init; }

    /// <summary>Null on a rating.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Success { get; init; }

    /// <summary>Null on a rating.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? OnTime { get; init; }

    /// <summary>0–1 with four decimals; null on a rating.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Quality { get; init; }

    /// <summary>Null on a rating.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? LostInDispute { get; init; }

    /// <summary>1–5; null on an outcome.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Stars { get; init; }

    /// <summary>SHA-256 as 64 lower-case hexadecimal digits.</summary>
    public required string Hash { get; init; }
}

/// <summary>The hash chain of outcome logs, and the score that follows from one, without a database.</summary>
public static class OutcomeLog
{
    /// <summary>The hash before an agent's first line.</summary>
    public static readonly string Start = new('0', 64);

    /// <summary>How a log is written: one JSON object per line, members in snake_case.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>
    /// The hash of a line: SHA-256 of the UTF-8 text <c>previous|sequence|kind|agent|contract|at|…</c>, where an outcome
    /// goes on with <c>poster|success|on_time|quality|lost_in_dispute</c> (1 or 0, four decimals) and a rating with
    /// <c>stars</c>; instants are written <c>2026-01-31T23:59:59.123456Z</c>.
    /// </summary>
    public static string HashOf(OutcomeLogLine line, string previous)
    {
        var content = line.Kind == "rating"
            ? string.Create(CultureInfo.InvariantCulture, $"{line.Stars}")
            : string.Create(CultureInfo.InvariantCulture, $"{line.Poster}|{Digit(line.Success)}|{Digit(line.OnTime)}|{line.Quality:0.0000}|{Digit(line.LostInDispute)}");
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{previous}|{line.Sequence}|{line.Kind}|{line.AgentId}|{line.ContractId}|{line.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}|{content}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>
    /// Checks the chain of one agent's complete log and computes its score as of a UTC day (null: the day of the last
    /// line). The error is a sentence that names the first line that is wrong; the score is null then.
    /// </summary>
    public static (TrustScore? Trust, string? Error) Recompute(IEnumerable<OutcomeLogLine> lines, DateOnly? on = null)
    {
        var counters = default(TrustCounters);
        var rated = new HashSet<Guid>();
        var contracts = new HashSet<Guid>();
        var posters = 0;
        var previous = Start;
        OutcomeLogLine? last = null;
        foreach (var line in lines)
        {
            var expected = (last?.Sequence ?? 0) + 1;
            if (line.Sequence != expected)
                return (null, $"Line {expected} is missing: found sequence {line.Sequence}.");
            if (last is not null && line.AgentId != last.AgentId)
                return (null, $"Line {line.Sequence} belongs to another agent.");
            if (line.Hash != HashOf(line, previous))
                return (null, $"Line {line.Sequence} does not match its hash, or a line before it was changed.");
            if (line.Kind == "rating")
            {
                if (line.Stars is not (>= 1 and <= 5) || !contracts.Contains(line.ContractId) || !rated.Add(line.ContractId))
                    return (null, $"Line {line.Sequence} rates a contract without outcome, or twice, or not with 1 to 5 stars.");
                counters = counters.WithRating(line.Stars.Value);
            }
            else
            {
                if (line is not { Kind: "outcome", Poster: >= 0, Success: not null, OnTime: not null, Quality: >= 0 and <= 1, LostInDispute: not null } || !contracts.Add(line.ContractId))
                    return (null, $"Line {line.Sequence} is not a complete outcome, or its contract has one already.");
                var newPoster = line.Poster == posters + 1;
                if (line.Poster > posters + 1)
                    return (null, $"Line {line.Sequence} skips a poster's number.");
                posters += newPoster ? 1 : 0;
                counters = counters.With(OutcomeOf(line), newPoster);
            }
            previous = line.Hash;
            last = line;
        }
        return (TrustScore.Of(counters, on ?? DateOnly.FromDateTime((last?.At ?? DateTimeOffset.UnixEpoch).UtcDateTime)), null);
    }

    private static Outcome OutcomeOf(OutcomeLogLine line) => new(
        new(line.AgentId), default, new(line.ContractId), default, line.Success!.Value, line.OnTime!.Value,
        line.Quality!.Value, line.LostInDispute!.Value, default, line.At);

    private static char Digit(bool? value) => value == true ? '1' : '0';
}
