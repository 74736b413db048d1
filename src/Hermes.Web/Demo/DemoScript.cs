using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Web.Demo;

/// <summary>A contract of the demo.</summary>
/// <param name="Poster">Which of the tenants posts it.</param>
/// <param name="Input">What is posted.</param>
/// <param name="Stars">How the poster rates it when it is settled; null for not at all.</param>
/// <param name="Accept">False to leave the result waiting for somebody to look at it.</param>
internal sealed record DemoContract(int Poster, ContractInput Input, int? Stars = 5, bool Accept = true);

/// <summary>
/// The first contracts: posted, awarded, delivered and settled for real, so that marketplace, wallets and leaderboard
/// begin with a history.
/// </summary>
internal static class DemoScript
{
    public static readonly IReadOnlyList<DemoContract> Contracts =
    [
        Of(0, "Summary of the harbour report", "Give me the three sentences that matter most.", "text.summarize", 2.00m, new { text = Harbour, sentences = 3 }, ["summary", "keywords"]),
        Of(0, "Dates and amounts in the lease", "List every date, amount and percentage of this lease with its place in the text.", "text.extract-facts", 2.40m, new { text = Lease }, ["dates", "amounts"]),
        Of(0, "Profile of the orders file", "Tell me what is in this file: types, gaps and ranges of its columns.", "csv.profile", 3.00m, new { csv = Orders }, ["columns"]),
        Of(0, "Chart of visitors by weekday", "Draw a bar chart that I can put on a page.", "chart.svg", 3.50m,
            new { title = "Visitors", series = Series(("Mon", 412), ("Tue", 388), ("Wed", 455), ("Thu", 501), ("Fri", 640), ("Sat", 822), ("Sun", 610)) }, ["svg"]),
        Of(0, "Release notes as HTML", "Convert these notes for our site.", "markdown.convert", 1.20m, new { markdown = Notes }, ["html"]),
        Of(0, "Links of the start page", "Which links on this page are broken or unusable?", "html.check-links", 1.60m, new { html = Page, known_paths = new[] { "about", "authors", "catalogue" } }, ["problems"]),
        Of(1, "Headline sentence for the newsletter", "One sentence that carries the story.", "text.summarize", 1.50m, new { text = Bees, sentences = 1 }, ["summary"], stars: 4),
        Of(2, "Figures in the press release", "Which amounts and dates does it name?", "text.extract-facts", 1.80m, new { text = Release }, null),
        Of(2, "Sensor readings, checked", "Any gaps or odd values in the readings?", "csv.profile", 2.20m, new { csv = Sensors }, ["columns"], stars: 4),
        Of(1, "Revenue line for the board", "A line chart of the last six quarters.", "chart.svg", 4.00m,
            new { title = "Revenue, million", kind = "line", series = Series(("Q1", 1.2), ("Q2", 1.35), ("Q3", 1.3), ("Q4", 1.7), ("Q5", 1.85), ("Q6", 2.1)) }, null),
        Of(0, "Author guidelines as HTML", "Convert, keep the headings.", "markdown.convert", 1.00m, new { markdown = Guidelines }, ["html", "outline"]),
        Of(1, "Links of the documentation page", "Check the links before we publish.", "html.check-links", 1.40m, new { html = Docs }, null, stars: 5),
        Of(0, "Summary of the bee study", "Two sentences for the catalogue.", "text.summarize", 1.80m, new { text = Bees, sentences = 2 }, ["summary"], stars: 5),
        Of(0, "Invoice dates for bookkeeping", "Every date and amount of this letter.", "text.extract-facts", 2.00m, new { text = Release + " " + Lease }, ["dates"], stars: 4),
        Of(0, "Sales by region, as a chart", "Bars, please.", "chart.svg", 3.20m, new { title = "Sales by region", series = Series(("North", 120), ("East", 95), ("South", 143), ("West", 88)) }, ["svg"]),
        Of(0, "Orders of spring, profiled", "What changed against winter?", "csv.profile", 2.60m, new { csv = Orders }, null, accept: false),
        Of(0, "Imprint page as HTML", "Convert.", "markdown.convert", 0.90m, new { markdown = Notes }, ["html"], stars: 5),
        Of(0, "Links of the archive page", "Check them, please.", "html.check-links", 1.50m, new { html = Page }, ["problems"], stars: 4),
    ];

    /// <summary>One that stays open for bids for a while, so that somebody can watch.</summary>
    public static readonly DemoContract Open = Of(0, "Summary of the council minutes", "Five sentences for the morning edition. Take your time bidding.", "text.summarize", 3.00m,
        new { text = Harbour + " " + Bees, sentences = 5 }, ["summary"]) is var open ? open with { Input = open.Input with { BiddingWindowSeconds = 900, WatchBids = true } } : open;

    private const string Harbour =
        "The harbour authority published its yearly report on Monday. Traffic grew by 12 percent, the strongest rise in a decade. Most of the growth came from short sea routes rather than from the large carriers. " +
        "The new quay opened in March and took a third of all ferries by autumn. Noise remains the chief complaint of residents, and the report concedes that the promised barrier is two years late. " +
        "The authority plans to connect every berth to shore power by 2029. Shore power would cut the port's emissions by almost half. Critics say that the plan depends on a grid that does not exist yet. " +
        "The council will decide on the budget in June. Dr. Amsel, who leads the port's engineers, called the decision the most important in thirty years.";

    private const string Bees =
        "Bumblebees remember the colours of flowers for days, a new study shows. Researchers trained 120 bees on artificial flowers in six colours. After four days, most bees still preferred the colour that had offered sugar. " +
        "Colour memory faded only when a new colour paid better. The team concludes that bees weigh memory against fresh evidence much as larger animals do. Gardeners can help by planting colours in groups. " +
        "The study was funded by the university and ran for two summers.";

    private const string Lease =
        "This lease begins on 1 March 2026 and ends on 28 February 2029. The rent is € 1,450.00 a month, due on the 3rd. A deposit of EUR 4,350 is payable by 2026-02-15. " +
        "The rent rises by 2.5 % on 1 March 2027. Repairs up to €150 are the tenant's. Questions: leases@harbour-homes.example.";

    private const string Release =
        "On March 14, 2026 Tidewater raised $3.2 million from two funds. Revenue reached USD 410,000 in 2025, up 38 percent. The next round is planned for 30.09.2026. Press: press@tidewater.example.";

    private const string Orders =
        "order,region,items,total,ordered_on\n1001,North,3,59.70,2026-01-04\n1002,South,1,19.90,2026-01-04\n1003,North,,12.50,2026-01-05\n1004,East,7,139.30,2026-01-07\n" +
        "1005,\"West, coast\",2,39.80,2026-01-09\n1006,South,12,238.80,2026-01-11\n1006,South,12,238.80,2026-01-11\n1007,North,4,79.60,2026-01-12\n";

    private const string Sensors =
        "sensor;at;celsius\nA1;2026-02-01;4.1\nA1;2026-02-02;4.4\nA1;2026-02-03;\nB7;2026-02-01;3.9\nB7;2026-02-02;41.0\nB7;2026-02-03;4.2\n";

    private const string Notes =
        "# Release 4.2\n\nThe **catalogue** loads *twice* as fast.\n\n## New\n\n- Search by ISBN\n- Export as CSV\n- Dark pages\n\n## Fixed\n\n1. Covers on phones\n2. `Ctrl+K` in Firefox\n\n| Part | Before | Now |\n|---|---|---|\n| List | 900 ms | 430 ms |\n\nSee [the handbook](https://aurora.example/handbook).\n";

    private const string Guidelines =
        "# Writing for us\n\n> Say it once, say it plainly.\n\n## Length\n\nArticles have 600 to 1,200 words.\n\n## Sources\n\n- [ ] Two independent ones\n- [x] Links to data\n\nSend drafts to <drafts@aurora.example>.\n";

    private const string Page =
        "<html><body><h1 id=\"top\">Aurora Press</h1>\n<a href=\"/about\">About us</a> <a href=\"/auhtors\">Authors</a>\n<a href=\"#news\">News</a> <a href=\"\">Shop</a>\n" +
        "<a href=\"http://partner.example/\">Partner</a> <a href=\"https://aurora.example/catalogue\"><img src=\"c.png\" alt=\"Catalogue\"></a>\n<a href=\"javascript:void(0)\">Menu</a> <a href=\"#top\"></a></body></html>";

    private const string Docs =
        "<main><h2 id=\"install\">Install</h2><p>See <a href=\"#install\">above</a>, <a href=\"#configure\">below</a> or <a href=\"https://basalt.example/docs\">the docs</a>.</p><a href=\"mailto:docs\">Write us</a></main>";

    private static DemoContract Of(int poster, string title, string intent, string capability, decimal reward, object context, string[]? fields, int? stars = 5, bool accept = true) =>
        new(poster, new ContractInput
        {
            Title = title,
            Intent = intent,
            Context = JsonSerializer.SerializeToElement(context, HermesJson.Options),
            Reward = Money.Usd(reward),
            RequiredCapabilities = [capability],
            BiddingWindowSeconds = 5,
            DeliveryWindowSeconds = 120,
            Validation = fields is null ? null : new ValidationInput(null, fields),
        }, stars, accept);

    private static object[] Series(params (string Label, double Value)[] points) => [.. points.Select(p => new { label = p.Label, value = p.Value })];
}
