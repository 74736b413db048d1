using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Hermes.Web.TagHelpers;

/// <summary>One point of a chart.</summary>
/// <param name="Label">Where on the horizontal axis: a day, a month.</param>
/// <param name="Value">How high.</param>
/// <param name="Text">The value as people read it; null writes the number.</param>
public sealed record ChartPoint(string Label, decimal Value, string? Text = null);

/// <summary>How a chart is drawn.</summary>
public enum ChartKind
{
    /// <summary>A line over an axis.</summary>
    Line,
    /// <summary>Columns.</summary>
    Columns,
    /// <summary>A small line without axes, for table cells.</summary>
    Spark,
}

/// <summary>
/// <c>&lt;chart kind="Line" points="Model.Trust" label="Trust over 30 days" /&gt;</c>: an inline SVG without style or
/// script, so it fits the strict content security policy, prints, and follows the theme. Every value is in a title
/// element; unless it is a sparkline, a table with the same numbers is there for screen readers.
/// </summary>
[HtmlTargetElement("chart", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class ChartTagHelper(HtmlEncoder encoder) : TagHelper
{
    private const int Width = 640;
    private const int Height = 200;
    private const int Left = 44;
    private const int Bottom = 24;
    private const int Top = 10;

    /// <summary>How.</summary>
    public ChartKind Kind { get; set; }

    /// <summary>From left to right; nothing is drawn for none.</summary>
    public required IReadOnlyList<ChartPoint> Points { get; set; }

    /// <summary>What it shows, for screen readers and the table's caption.</summary>
    public required string Label { get; set; }

    /// <summary>Least upper end of the vertical axis, for shares 1; null fits the data.</summary>
    public decimal? Max { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagMode = TagMode.StartTagAndEndTag;
        if (Points.Count == 0)
        {
            output.TagName = "p";
            output.AddClass("muted s");
            output.Content.SetContent("Nothing to draw yet.");
            return;
        }
        if (Kind == ChartKind.Spark)
        {
            output.TagName = "svg";
            output.AddClass("chart spark");
            output.Attributes.SetAttribute("viewBox", "0 0 100 30");
            output.Attributes.SetAttribute("preserveAspectRatio", "none");
            output.Attributes.SetAttribute("role", "img");
            output.Attributes.SetAttribute("aria-label", $"{Label}: from {Say(Points[0])} to {Say(Points[^1])}");
            output.Content.SetHtmlContent(Spark());
            return;
        }
        output.TagName = "figure";
        output.Content.SetHtmlContent(Figure());
    }

    private string Spark()
    {
        var low = Points.Min(p => p.Value);
        var high = Points.Max(p => p.Value);
        var range = high == low ? 1 : high - low;
        var text = new StringBuilder("<polyline class=\"line\" points=\"");
        for (var i = 0; i < Points.Count; i++)
        {
            var x = Points.Count == 1 ? 50 : 100m * i / (Points.Count - 1);
            text.Number(x).Append(',').Number(high == low ? 15 : 27 - (24 * (Points[i].Value - low) / range)).Append(' ');
        }
        return text.Append("\"/>").ToString();
    }

    private string Figure()
    {
        var top = Axis(Math.Max(Points.Max(p => p.Value), Max ?? 0));
        decimal X(int i) => Left + ((Width - Left - 8) * (Points.Count == 1 ? 0.5m : (decimal)i / (Points.Count - 1)));
        decimal Y(decimal value) => Height - Bottom - ((Height - Bottom - Top) * Math.Max(0, value) / top);

        var text = new StringBuilder($"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" aria-hidden=\"true\">");
        foreach (var part in (decimal[])[0, 0.5m, 1])
        {
            var y = Y(top * part);
            text.Append("<line class=\"grid\" x1=\"").Number(Left).Append("\" x2=\"").Number(Width).Append("\" y1=\"").Number(y).Append("\" y2=\"").Number(y).Append("\"/>")
                .Append("<text x=\"").Number(Left - 8).Append("\" y=\"").Number(y + 4).Append("\" text-anchor=\"end\">").Append(Short(top * part)).Append("</text>");
        }
        if (Kind == ChartKind.Columns)
        {
            var slot = (decimal)(Width - Left) / Points.Count;
            for (var i = 0; i < Points.Count; i++)
            {
                var y = Y(Points[i].Value);
                text.Append("<rect class=\"column\" rx=\"2\" x=\"").Number(Left + (slot * i) + (slot * 0.15m)).Append("\" y=\"").Number(y)
                    .Append("\" width=\"").Number(slot * 0.7m).Append("\" height=\"").Number(Math.Max(0, Height - Bottom - y)).Append("\">").Append(Title(Points[i])).Append("</rect>");
            }
        }
        else
        {
            var line = new StringBuilder();
            for (var i = 0; i < Points.Count; i++)
                line.Number(X(i)).Append(',').Number(Y(Points[i].Value)).Append(' ');
            text.Append("<polygon class=\"area\" points=\"").Number(X(0)).Append(',').Number(Y(0)).Append(' ').Append(line)
                .Number(X(Points.Count - 1)).Append(',').Number(Y(0)).Append("\"/><polyline class=\"line\" points=\"").Append(line).Append("\"/>");
            for (var i = 0; i < Points.Count && Points.Count <= 62; i++)
                text.Append("<circle class=\"").Append(Points.Count > 14 ? "point many\" r=\"1.5" : "point\" r=\"3").Append("\" cx=\"").Number(X(i)).Append("\" cy=\"").Number(Y(Points[i].Value)).Append("\">").Append(Title(Points[i])).Append("</circle>");
        }
        var step = Math.Max(1, (int)Math.Ceiling(Points.Count / 6m));
        for (var i = 0; i < Points.Count; i += step)
        {
            var x = Kind == ChartKind.Columns ? Left + ((Width - Left) * (i + 0.5m) / Points.Count) : X(i);
            var anchor = Kind == ChartKind.Line && i == 0 ? "start" : Kind == ChartKind.Line && i == Points.Count - 1 ? "end" : "middle";
            text.Append("<text text-anchor=\"").Append(anchor).Append("\" x=\"").Number(x).Append("\" y=\"").Number(Height - 6).Append("\">").Append(encoder.Encode(Points[i].Label)).Append("</text>");
        }
        text.Append("</svg><div class=\"sr\"><table><caption>").Append(encoder.Encode(Label)).Append("</caption><tbody>");
        foreach (var point in Points)
            text.Append("<tr><th scope=\"row\">").Append(encoder.Encode(point.Label)).Append("</th><td>").Append(encoder.Encode(Say(point))).Append("</td></tr>");
        return text.Append("</tbody></table></div>").ToString();
    }

    private string Title(ChartPoint point) => $"<title>{encoder.Encode(point.Label)}: {encoder.Encode(Say(point))}</title>";

    private static string Say(ChartPoint point) => point.Text ?? point.Value.ToString("#,##0.####", CultureInfo.InvariantCulture);

    /// <summary>The next of 1, 2, 2.5 or 5 times a power of ten.</summary>
    private static decimal Axis(decimal value)
    {
        if (value <= 0)
            return 1;
        var power = 1m;
        while (power * 10 <= value)
            power *= 10;
        while (power > value)
            power /= 10;
        return power * ((decimal[])[1, 2, 2.5m, 5, 10]).First(step => power * step >= value);
    }

    private static string Short(decimal value) => value switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= 1_000 => (value / 1_000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}

/// <summary>One part of a stacked bar.</summary>
/// <param name="Tone">Class of the part: <c>p1</c>…<c>p4</c> for score components, or <c>ok warn bad gold</c>.</param>
/// <param name="Share">Length as a share of the whole bar, 0–1.</param>
public sealed record BarPart(string Tone, decimal Share);

/// <summary>
/// <c>&lt;bar parts="…" label="86.25 of 100" /&gt;</c> or <c>&lt;bar share="0.92m" tone="ok" label="…" /&gt;</c>: a bar
/// drawn with SVG attributes, because style attributes are closed to us. Without a label it is decoration.
/// </summary>
[HtmlTargetElement("bar", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class BarTagHelper : TagHelper
{
    /// <summary>Parts from left to right; null for a bar of one part.</summary>
    public IReadOnlyList<BarPart>? Parts { get; set; }

    /// <summary>Length of the one part, 0–1.</summary>
    public decimal Share { get; set; }

    /// <summary>Class of the one part; empty is the accent.</summary>
    public string Tone { get; set; } = "";

    /// <summary>What it says; null where the text beside it says so.</summary>
    public string? Label { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "svg";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("bar");
        output.Attributes.SetAttribute("viewBox", "0 0 100 1");
        output.Attributes.SetAttribute("preserveAspectRatio", "none");
        if (Label is null)
        {
            output.Attributes.SetAttribute("aria-hidden", "true");
        }
        else
        {
            output.Attributes.SetAttribute("role", "img");
            output.Attributes.SetAttribute("aria-label", Label);
        }
        var text = new StringBuilder();
        var x = 0m;
        foreach (var part in Parts ?? [new BarPart(Tone, Share)])
        {
            var width = Math.Clamp(part.Share * 100, 0, 100 - x);
            text.Append("<rect class=\"").Append(part.Tone).Append("\" height=\"1\" x=\"").Number(x).Append("\" width=\"").Number(width).Append("\"/>");
            x += width;
        }
        output.Content.SetHtmlContent(text.ToString());
    }
}
