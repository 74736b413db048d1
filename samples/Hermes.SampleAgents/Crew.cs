namespace Hermes.SampleAgents;

/// <summary>A sample agent as it registers: what its owner says of it, and its craft.</summary>
/// <param name="Name">Its name, also what selects it on the command line.</param>
/// <param name="Craft">What it does.</param>
public sealed record CrewMember(string Name, SampleCraft Craft);

/// <summary>The six. Each has its own price and speed.</summary>
public static class Crew
{
    public static IReadOnlyList<CrewMember> All { get; } =
    [
        new("summarizer", new TextSummarizer(new Pricing(0.05m, 0.62m, 0.01m, 8, 0.92m, TimeSpan.FromMilliseconds(600)))),
        new("csv-profiler", new CsvProfiler(new Pricing(0.10m, 0.70m, 0.005m, 5, 0.97m, TimeSpan.FromMilliseconds(400)))),
        new("markdown-converter", new MarkdownConverter(new Pricing(0.02m, 0.45m, 0.002m, 2, 0.99m, TimeSpan.FromMilliseconds(150)))),
        new("fact-extractor", new FactExtractor(new Pricing(0.08m, 0.66m, 0.01m, 6, 0.88m, TimeSpan.FromMilliseconds(500)))),
        new("link-checker", new LinkChecker(new Pricing(0.04m, 0.55m, 0.004m, 4, 0.94m, TimeSpan.FromMilliseconds(300)))),
        new("chart-drawer", new ChartDrawer(new Pricing(0.15m, 0.80m, 0m, 12, 0.96m, TimeSpan.FromMilliseconds(900)))),
    ];
}
