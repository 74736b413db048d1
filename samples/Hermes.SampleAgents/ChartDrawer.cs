using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Hermes.SampleAgents;

/// <summary>
/// Draws a bar or line chart as SVG with axes, labels and a text alternative. Context: <c>series</c>, an array of
/// <c>{"label": "Mon", "value": 12.5}</c> (1–60 of them), optional <c>title</c> and <c>kind</c> (<c>bar</c> or <c>line</c>).
/// </summary>
public sealed class ChartDrawer(Pricing pricing) : SampleCraft("chart.svg", pricing)
{
    private const int Width = 640, Height = 320, Left = 56, Right = 16, Top = 40, Bottom = 40;

    protected override string InputMember => "series";

    public override object Work(string input, JsonElement context)
    {
        using var document = JsonDocument.Parse(input);
        var points = document.RootElement.EnumerateArray().Take(60)
            .Select(p => (Label: p.GetProperty("label").ToString(), Value: p.GetProperty("value").GetDouble())).ToArray();
        if (points.Length == 0)
            throw new InvalidOperationException("The series is empty.");
        var title = Input(context, "title") ?? "Chart";
        var line = Input(context, "kind") == "line";
        var (low, high, step) = Scale(Math.Min(0, points.Min(p => p.Value)), Math.Max(0, points.Max(p => p.Value)));
        double Y(double value) => Top + (high - value) / (high - low) * (Height - Top - Bottom);
        var slot = (double)(Width - Left - Right) / points.Length;
        double X(int index) => Left + (index + 0.5) * slot;

        var svg = new StringBuilder();
        svg.Append(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12">"""));
        svg.Append(Invariant($"""<title id="t">{Escape(title)}</title><desc id="d">{Escape(string.Join(", ", points.Select(p => Invariant($"{p.Label} {p.Value:0.####}"))))}</desc>"""));
        svg.Append(Invariant($"""<text x="{Left}" y="22" font-size="16" fill="currentColor">{Escape(title)}</text>"""));
        for (var tick = low; tick <= high + step / 2; tick += step)
            svg.Append(Invariant($"""<line x1="{Left}" x2="{Width - Right}" y1="{Y(tick):0.#}" y2="{Y(tick):0.#}" stroke="currentColor" stroke-opacity="{(Math.Abs(tick) < step / 1e6 ? 0.6 : 0.15)}"/><text x="{Left - 6}" y="{Y(tick) + 4:0.#}" text-anchor="end" fill="currentColor">{tick:0.####}</text>"""));
        if (line)
            svg.Append(Invariant($"""<polyline fill="none" stroke="#2563eb" stroke-width="2" points="{string.Join(' ', points.Select((p, i) => Invariant($"{X(i):0.#},{Y(p.Value):0.#}")))}"/>"""));
        var every = (points.Length + 11) / 12;
        for (var i = 0; i < points.Length; i++)
        {
            svg.Append(line
                ? Invariant($"""<circle cx="{X(i):0.#}" cy="{Y(points[i].Value):0.#}" r="3" fill="#2563eb"/>""")
                : Invariant($"""<rect x="{X(i) - slot * 0.35:0.#}" y="{Math.Min(Y(0), Y(points[i].Value)):0.#}" width="{slot * 0.7:0.#}" height="{Math.Abs(Y(points[i].Value) - Y(0)):0.#}" fill="#2563eb"/>"""));
            if (i % every == 0)
                svg.Append(Invariant($"""<text x="{X(i):0.#}" y="{Height - Bottom + 18}" text-anchor="middle" fill="currentColor">{Escape(points[i].Label)}</text>"""));
        }
        svg.Append("</svg>");
        return new { Svg = svg.ToString(), Points = points.Length, Min = points.Min(p => p.Value), Max = points.Max(p => p.Value), Kind = line ? "line" : "bar" };
    }

    /// <summary>A range in round steps (1, 2 or 5 times a power of ten) around the values, four to ten steps.</summary>
    internal static (double Low, double High, double Step) Scale(double min, double max)
    {
        if (max - min <= 0)
            max = min + 1;
        var raw = (max - min) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return (Math.Floor(min / step) * step, Math.Ceiling(max / step) * step, step);
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text.Length > 80 ? text[..80] : text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
