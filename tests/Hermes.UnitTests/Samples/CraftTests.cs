using System.Text.Json;
using Hermes.AgentKit;
using Hermes.SampleAgents;

namespace Hermes.UnitTests.Samples;

/// <summary>The sample agents' real work on real input.</summary>
public sealed class CraftTests
{
    private static readonly Pricing Any = new(0.05m, 0.5m, 0.01m, 5, 0.9m, TimeSpan.Zero);

    private static JsonElement Work(SampleCraft craft, string input, object? context = null) => JsonSerializer.SerializeToElement(
        craft.Work(input, JsonSerializer.SerializeToElement(context ?? new { }, HermesApi.Json)), HermesApi.Json);

    private static string[] Texts(JsonElement array, string member) => [.. array.EnumerateArray().Select(e => e.GetProperty(member).GetString()!)];

    [Fact]
    public void A_summary_takes_whole_sentences_in_their_order()
    {
        const string text = "Bees remember flower colours. The weather was mild. Researchers trained bees on flower colours for days. Dr. Amsel says colours matter to bees. Lunch was served.";

        var result = Work(new TextSummarizer(Any), text, new { sentences = 2 });

        var sentences = result.GetProperty("sentences").EnumerateArray().Select(s => s.GetString()!).ToArray();
        sentences.Length.ShouldBe(2);
        sentences.ShouldAllBe(s => text.Contains(s));
        text.IndexOf(sentences[0], StringComparison.Ordinal).ShouldBeLessThan(text.IndexOf(sentences[1], StringComparison.Ordinal));
        sentences.ShouldNotContain("Lunch was served.");
        result.GetProperty("keywords")[0].GetString().ShouldBeOneOf("bees", "colours");
        result.GetProperty("original_words").GetInt32().ShouldBe(26);
    }

    [Fact]
    public void A_profile_reads_quotes_gaps_and_numbers()
    {
        var result = Work(new CsvProfiler(Any), "name;n;on\n\"Ann; B\";1;2026-01-02\nBo;;2026-03-01\nBo;4;\nBo;7.5;2026-02-01\n");

        result.GetProperty("separator").GetString().ShouldBe(";");
        result.GetProperty("rows").GetInt32().ShouldBe(4);
        var columns = result.GetProperty("columns");
        columns[0].GetProperty("type").GetString().ShouldBe("text");
        columns[0].GetProperty("most_frequent")[0].GetProperty("value").GetString().ShouldBe("Bo");
        columns[1].GetProperty("type").GetString().ShouldBe("number");
        columns[1].GetProperty("missing").GetInt32().ShouldBe(1);
        columns[1].GetProperty("median").GetDecimal().ShouldBe(4m);
        columns[1].GetProperty("mean").GetDecimal().ShouldBe(4.166667m);
        columns[2].GetProperty("type").GetString().ShouldBe("date");
        columns[2].GetProperty("max").GetString().ShouldBe("2026-03-01");
    }

    [Theory]
    [InlineData("a,b\r\n\"x\"\"y\",\"1\n2\"\r\n", "x\"y", "1\n2")]
    [InlineData("a,b\nplain,\n", "plain", "")]
    public void Csv_is_read_as_rfc_4180_says(string csv, string first, string second)
    {
        var rows = CsvProfiler.Parse(csv, ',');

        rows.Count.ShouldBe(2);
        rows[1].ShouldBe([first, second]);
    }

    [Fact]
    public void An_empty_csv_can_not_be_worked_on() => Should.Throw<InvalidOperationException>(() => Work(new CsvProfiler(Any), " \n"));

    [Fact]
    public void Markdown_becomes_safe_html()
    {
        var result = Work(new MarkdownConverter(Any), "# Title\n\nA **bold** [link](https://a.example) [bad](javascript:alert(1)) <script>x</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");

        var html = result.GetProperty("html").GetString()!;
        html.ShouldContain("<strong>bold</strong>");
        html.ShouldContain("<table>");
        html.ShouldContain("href=\"https://a.example\"");
        html.ShouldNotContain("<script>");
        html.ShouldNotContain("javascript:");
        result.GetProperty("unsafe_links_removed").GetInt32().ShouldBe(1);
        Texts(result.GetProperty("outline"), "text").ShouldBe(["Title"]);
    }

    [Fact]
    public void Facts_are_found_with_their_normal_form()
    {
        const string text = "Due on 3 April 2026, renewed 2026-12-31 and Feb 5, 2027; not on 2026-02-30. Pay € 1.450,00 or $3.2 million by 30.09.2026, 2.5 % a year, 150 EUR fee. Ask pay@acme.example.";

        var result = Work(new FactExtractor(Any), text);

        Texts(result.GetProperty("dates"), "value").ShouldBe(["2026-04-03", "2026-12-31", "2027-02-05", "2026-09-30"]);
        result.GetProperty("amounts").EnumerateArray().Select(a => $"{a.GetProperty("currency").GetString()} {a.GetProperty("value").GetString()}")
            .ShouldBe(["EUR 1450.00", "USD 3200000.00", "EUR 150.00"]);
        Texts(result.GetProperty("percentages"), "value").ShouldBe(["2.5"]);
        Texts(result.GetProperty("emails"), "value").ShouldBe(["pay@acme.example"]);
        var first = result.GetProperty("dates")[0];
        text.Substring(first.GetProperty("at").GetInt32()).ShouldStartWith(first.GetProperty("text").GetString()!);
    }

    [Theory]
    [InlineData("03/04/2026", true, "2026-04-03")]
    [InlineData("03/04/2026", false, "2026-03-04")]
    [InlineData("25/12/2026", false, "2026-12-25")]
    [InlineData("12/25/2026", true, "2026-12-25")]
    public void Slashes_follow_the_order_that_is_asked_for(string text, bool dayFirst, string date) =>
        Texts(Work(new FactExtractor(Any), text, new { day_first = dayFirst }).GetProperty("dates"), "value").ShouldBe([date]);

    [Fact]
    public void Bad_links_are_named_with_their_line()
    {
        const string html = "<h1 id=\"top\">T</h1>\n<a href=\"#top\">up</a> <a href=\"#gone\">x</a>\n<!-- <a href=\"\">no</a> -->\n<a href=''>e</a><a href=\"http://a.example\">p</a>" +
            "\n<a href=\"https://b.example\"></a><a href=\"javascript:x()\">m</a><a href=\"/known/\">k</a><a href=\"/lost\">l</a>";

        var result = Work(new LinkChecker(Any), html, new { known_paths = new[] { "known" } });

        result.GetProperty("links").GetInt32().ShouldBe(8);
        result.GetProperty("problems").EnumerateArray().Select(p => $"{p.GetProperty("line").GetInt32()} {p.GetProperty("code").GetString()}")
            .ShouldBe(["2 missing_anchor", "4 empty", "4 insecure", "5 no_text", "5 script", "5 unknown_path"]);
        result.GetProperty("ok").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void A_chart_is_well_formed_and_says_its_values()
    {
        var result = Work(new ChartDrawer(Any), """[{"label":"A & B","value":12.5},{"label":"C","value":-3}]""", new { title = "Sales <2026>" });

        var svg = System.Xml.Linq.XDocument.Parse(result.GetProperty("svg").GetString()!);
        svg.Descendants().Count(e => e.Name.LocalName == "rect").ShouldBe(2);
        svg.Root!.Elements().Single(e => e.Name.LocalName == "title").Value.ShouldBe("Sales <2026>");
        svg.Root!.Elements().Single(e => e.Name.LocalName == "desc").Value.ShouldBe("A & B 12.5, C -3");
    }

    [Theory]
    [InlineData(0, 12.5, 0, 15, 5)]
    [InlineData(-3, 12.5, -5, 15, 5)]
    [InlineData(0, 0, 0, 1, 0.2)]
    [InlineData(0, 822, 0, 1_000, 200)]
    public void A_scale_has_round_steps(double min, double max, double low, double high, double step)
    {
        var scale = ChartDrawer.Scale(min, max);

        scale.Low.ShouldBe(low, 1e-9);
        scale.High.ShouldBe(high, 1e-9);
        scale.Step.ShouldBe(step, 1e-9);
    }

    [Fact]
    public void A_quote_is_never_above_the_ceiling_or_below_the_floor()
    {
        Any.Quote(new Price("1.00", "EUR"), 3_000, null).ShouldBe(new Offer(new Price("0.53", "EUR"), 5, 0.9m));
        Any.Quote(new Price("0.06", "USD"), 900_000, null)!.Price.ShouldBe(new Price("0.06", "USD"));
        Any.Quote(new Price("0.04", "USD"), 10, null).ShouldBeNull();
        Any.Quote(new Price("1.00", "USD"), 10, 4).ShouldBeNull();
    }

    [Fact]
    public void The_crew_is_six_and_every_capability_has_a_competitor()
    {
        Crew.All.Count.ShouldBe(6);
        Crew.All.SelectMany(m => m.Crafts).GroupBy(c => c.Capability).ShouldAllBe(g => g.Count() == 2);
    }
}
