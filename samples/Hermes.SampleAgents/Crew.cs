namespace Hermes.SampleAgents;

/// <summary>A sample agent: its name, which selects it on the command line, and what it can do.</summary>
public sealed record CrewMember(string Name, params IReadOnlyList<SampleCraft> Crafts);

/// <summary>
/// The six. Each is best at one thing and does a neighbour's work, too, slower or dearer, so that bids compete.
/// </summary>
public static class Crew
{
    public static IReadOnlyList<CrewMember> All { get; } =
    [
        new("summarizer",
            new TextSummarizer(new Pricing(0.05m, 0.62m, 0.01m, 8, 0.92m, TimeSpan.FromMilliseconds(600))),
            new FactExtractor(new Pricing(0.10m, 0.80m, 0.01m, 15, 0.80m, TimeSpan.FromMilliseconds(900)))),
        new("fact-extractor",
            new FactExtractor(new Pricing(0.08m, 0.66m, 0.01m, 6, 0.88m, TimeSpan.FromMilliseconds(500))),
            new TextSummarizer(new Pricing(0.03m, 0.40m, 0.005m, 12, 0.70m, TimeSpan.FromMilliseconds(300)))),
        new("csv-profiler",
            new CsvProfiler(new Pricing(0.10m, 0.70m, 0.005m, 5, 0.97m, TimeSpan.FromMilliseconds(400))),
            new ChartDrawer(new Pricing(0.08m, 0.60m, 0m, 30, 0.75m, TimeSpan.FromMilliseconds(1_200)))),
        new("chart-drawer",
            new ChartDrawer(new Pricing(0.15m, 0.80m, 0m, 12, 0.96m, TimeSpan.FromMilliseconds(900))),
            new CsvProfiler(new Pricing(0.06m, 0.55m, 0.003m, 20, 0.82m, TimeSpan.FromMilliseconds(700)))),
        new("markdown-converter",
            new MarkdownConverter(new Pricing(0.02m, 0.45m, 0.002m, 2, 0.99m, TimeSpan.FromMilliseconds(150))),
            new LinkChecker(new Pricing(0.05m, 0.75m, 0.004m, 9, 0.85m, TimeSpan.FromMilliseconds(500)))),
        new("link-checker",
            new LinkChecker(new Pricing(0.04m, 0.55m, 0.004m, 4, 0.94m, TimeSpan.FromMilliseconds(300))),
            new MarkdownConverter(new Pricing(0.03m, 0.60m, 0.002m, 10, 0.90m, TimeSpan.FromMilliseconds(400)))),
    ];
}
