using System.Text.Json;
using Hermes.Domain.Trust;

namespace Hermes.UnitTests.Trust;

public sealed class OutcomeLogTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Guid Agent = new("01900000-0000-7000-8000-0000000000a1");

    private static List<OutcomeLogLine> Log()
    {
        var lines = new List<OutcomeLogLine>();
        for (var i = 1; i <= 4; i++)
        {
            Add(lines, new OutcomeLogLine
            {
                Sequence = 0,
                Kind = "outcome",
                AgentId = Agent,
                ContractId = Contract(i),
                At = Start.AddDays(i),
                Poster = i % 2 == 1 ? 1 : 0,
                Success = i < 4,
                OnTime = i != 2,
                Quality = i < 4 ? 1m : 0.3m,
                LostInDispute = i == 4,
                Hash = "",
            });
            if (i < 4)
                Add(lines, new OutcomeLogLine { Sequence = 0, Kind = "rating", AgentId = Agent, ContractId = Contract(i), At = Start.AddDays(i).AddHours(1), Stars = i + 2, Hash = "" });
        }
        return lines;
    }

    private static Guid Contract(int i) => new($"01900000-0000-7000-8000-00000000000{i}");

    private static void Add(List<OutcomeLogLine> lines, OutcomeLogLine line)
    {
        line = line with { Sequence = lines.Count + 1 };
        lines.Add(line with { Hash = OutcomeLog.HashOf(line, lines.Count == 0 ? OutcomeLog.Start : lines[^1].Hash) });
    }

    [Fact]
    public void The_score_follows_from_the_log_alone()
    {
        var (trust, error) = OutcomeLog.Recompute(Log());

        error.ShouldBeNull();
        trust!.Counters.ShouldBe(new TrustCounters(4, 3, 3, 3, 12, 3.3m, 3.09m, new DateOnly(2026, 1, 3), 1));
        trust.Rating.ShouldBe(0.8m);
    }

    [Fact]
    public void A_log_survives_being_written_and_read()
    {
        var text = Log().Select(line => JsonSerializer.Serialize(line, OutcomeLog.Json)).ToList();

        text[0].ShouldContain("\"on_time\":true");
        text[1].ShouldNotContain("quality");
        OutcomeLog.Recompute(text.Select(line => JsonSerializer.Deserialize<OutcomeLogLine>(line, OutcomeLog.Json)!)).Error.ShouldBeNull();
    }

    [Fact]
    public void A_changed_line_shows()
    {
        var log = Log();
        log[6] = log[6] with { Success = true };

        OutcomeLog.Recompute(log).Error.ShouldBe("Line 7 does not match its hash, or a line before it was changed.");
    }

    [Fact]
    public void A_removed_line_shows()
    {
        var log = Log();
        log.RemoveAt(2);

        OutcomeLog.Recompute(log).Error.ShouldBe("Line 3 is missing: found sequence 4.");
    }

    [Fact]
    public void A_second_rating_is_refused_even_with_a_good_hash()
    {
        var log = Log();
        Add(log, log[1]);

        OutcomeLog.Recompute(log).Error!.ShouldContain("twice");
    }
}
