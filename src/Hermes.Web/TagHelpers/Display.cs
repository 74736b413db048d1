using System.Globalization;
using System.Text;
using Hermes.Domain.Shared;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Hermes.Web.TagHelpers;

/// <summary>
/// <c>&lt;icon name="wallet" /&gt;</c>: a symbol of <c>img/icons.svg</c>. Hidden from assistive technology unless
/// <see cref="Label"/> says what it means.
/// </summary>
[HtmlTargetElement("icon", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class IconTagHelper(IFileVersionProvider versions) : TagHelper
{
    /// <summary>The symbol's id.</summary>
    public required string Name { get; set; }

    /// <summary>What the icon means where no text beside it says so; null for decoration.</summary>
    public string? Label { get; set; }

    /// <summary>Set by the framework.</summary>
    [ViewContext, HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var basePath = ViewContext.HttpContext.Request.PathBase;
        var sprite = versions.AddFileVersionToPath(basePath, basePath + "/img/icons.svg");
        output.TagName = "svg";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("icon");
        if (Label is null)
        {
            output.Attributes.SetAttribute("aria-hidden", "true");
        }
        else
        {
            output.Attributes.SetAttribute("role", "img");
            output.Attributes.SetAttribute("aria-label", Label);
        }
        output.Content.SetHtmlContent($"<use href=\"{sprite}#{Name}\"></use>");
    }
}

/// <summary>
/// <c>&lt;money value="bid.Price" /&gt;</c>: grouped amount with at least two and at most six decimals, and the
/// currency's code. Writes a dash for null.
/// </summary>
[HtmlTargetElement("money", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class MoneyTagHelper : TagHelper
{
    /// <summary>The amount.</summary>
    public Money? Value { get; set; }

    /// <summary>Writes a plus before amounts above zero: for entries and differences.</summary>
    public bool Change { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        if (Value is not { } money)
        {
            output.Content.SetContent("–");
            return;
        }
        output.AddClass("money");
        if (Change && money.IsPositive)
            output.AddClass("plus");
        output.Content.SetHtmlContent($"{Text(money, Change)} <span class=\"cur\">{money.Currency.Code}</span>");
    }

    /// <summary>The amount as pages write it, with a true minus sign and without the currency.</summary>
    public static string Text(Money money, bool change = false)
    {
        var sign = money.MicroUnits < 0 ? "−" : change && money.IsPositive ? "+" : "";
        return sign + Math.Abs(money.Units).ToString("#,##0.00####", CultureInfo.InvariantCulture);
    }
}

/// <summary>How an <see cref="InstantTagHelper"/> writes its instant.</summary>
public enum InstantStyle
{
    /// <summary>"3 min ago"; kept current by the page's script.</summary>
    Ago,
    /// <summary>Date and time of day in UTC.</summary>
    Full,
    /// <summary>Time of day with seconds, UTC.</summary>
    Clock,
    /// <summary>Date only.</summary>
    Date,
    /// <summary>What is left until then, counting down; raises <c>countdown-over</c> at the end.</summary>
    Countdown,
}

/// <summary><c>&lt;instant at="contract.ClosesAt" as="Countdown" /&gt;</c>: a time element that also reads well without script.</summary>
[HtmlTargetElement("instant", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class InstantTagHelper(TimeProvider clock) : TagHelper
{
    /// <summary>The instant; writes a dash for null.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>How.</summary>
    public InstantStyle As { get; set; } = InstantStyle.Ago;

    /// <summary>For countdowns: what to write when it is over.</summary>
    public string? Over { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagMode = TagMode.StartTagAndEndTag;
        if (At is not { } at)
        {
            output.TagName = "span";
            output.Content.SetContent("–");
            return;
        }
        var utc = at.ToUniversalTime();
        var now = clock.GetUtcNow();
        output.TagName = "time";
        output.Attributes.SetAttribute("datetime", utc.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        if (As != InstantStyle.Full)
            output.Attributes.SetAttribute("title", Full(utc));
        if (As == InstantStyle.Ago)
            output.Attributes.SetAttribute("data-ago", "");
        if (As == InstantStyle.Countdown)
        {
            output.Attributes.SetAttribute("data-countdown", "");
            if (Over is not null)
                output.Attributes.SetAttribute("data-over", Over);
        }
        output.Content.SetContent(As switch
        {
            InstantStyle.Full => Full(utc),
            InstantStyle.Clock => utc.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            InstantStyle.Date => utc.ToString("d MMM yyyy", CultureInfo.InvariantCulture),
            InstantStyle.Countdown => utc <= now ? Over ?? "0:00" : Span(utc - now),
            _ => Ago(utc, now),
        });
    }

    /// <summary>"21 Nov 2026, 09:41 UTC".</summary>
    public static string Full(DateTimeOffset at) => at.ToUniversalTime().ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>"4 min ago", "in 3 h", and a date beyond thirty days.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        var distance = (now - at).Duration();
        if (distance.TotalDays > 30)
            return at.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
        if (distance.TotalSeconds < 60)
            return at <= now ? "just now" : "in a moment";
        var text = distance switch
        {
            { TotalHours: < 1 } => $"{(int)distance.TotalMinutes} min",
            { TotalDays: < 1 } => $"{(int)distance.TotalHours} h",
            _ => $"{(int)distance.TotalDays} d",
        };
        return at <= now ? $"{text} ago" : $"in {text}";
    }

    /// <summary>A length of time as people say it: "45 s", "5 min", "2 h 30 min", "3 d".</summary>
    public static string Length(TimeSpan time)
    {
        if (time < TimeSpan.FromSeconds(1))
            return $"{(int)time.TotalMilliseconds} ms";
        if (time < TimeSpan.FromMinutes(2) && time.Seconds != 0 || time < TimeSpan.FromMinutes(1))
            return $"{(int)time.TotalSeconds} s";
        if (time < TimeSpan.FromHours(1))
            return time.Seconds == 0 ? $"{time.Minutes} min" : $"{time.Minutes} min {time.Seconds} s";
        if (time < TimeSpan.FromDays(1))
            return time.Minutes == 0 ? $"{time.Hours} h" : $"{time.Hours} h {time.Minutes} min";
        return time.Hours == 0 ? $"{time.Days} d" : $"{time.Days} d {time.Hours} h";
    }

    private static string Span(TimeSpan left) => left switch
    {
        { TotalDays: >= 1 } => $"{left.Days}d {left.Hours:00}h",
        { TotalHours: >= 1 } => $"{left.Hours}:{left.Minutes:00}:{left.Seconds:00}",
        _ => $"{left.Minutes}:{left.Seconds:00}",
    };
}

/// <summary>
/// <c>&lt;state of="contract.State" /&gt;</c>: a pill for any state of the product. Takes an enum value or its
/// snake_case name; the same state has the same colour everywhere.
/// </summary>
[HtmlTargetElement("state", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class StateTagHelper : TagHelper
{
    /// <summary>An enum value, or a name in snake_case.</summary>
    public required object Of { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var name = Application.Shared.SnakeCase.Of(Of.ToString()!);
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("pill dot " + Tone(name));
        output.Content.SetContent(Words(name));
    }

    /// <summary>"in_progress" → "In progress".</summary>
    public static string Words(string name) =>
        name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');

    private static string Tone(string name) => name switch
    {
        "bidding" => "accent live",
        "awarded" or "won" or "earnings" or "decided" => "gold",
        "in_progress" or "delivered" or "scheduled" or "locked" or "invited" or "in_review" or "confirmed" => "info",
        "live" or "closed" or "validated" or "settled" or "completed" or "active" or "released" or "online" or "succeeded" or "accepted" or "listed" or "proved" or "passed" or "paid" => "ok",
        "disputed" or "failed" or "suspended" or "rejected" or "revoked" or "delisted" or "failing" or "appealed" or "declined" => "bad",
        "refunded" or "input_required" or "auth_required" or "paused" or "awaiting_funds" or "explained" or "waiting" or "busy" or "expiring" or "unproved" or "awaiting_response" or "open" => "warn",
        _ => "",
    };
}

/// <summary><c>&lt;grade of="A-" /&gt;</c>: a trust grade. Null or empty is unrated.</summary>
[HtmlTargetElement("grade", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class GradeTagHelper : TagHelper
{
    /// <summary>A+ … F; null while unrated.</summary>
    public string? Of { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("grade");
        if (Of is not { Length: > 0 and < 3 })
        {
            output.Attributes.SetAttribute("title", "Unrated: fewer than three contracts");
            output.Content.SetContent("new");
            return;
        }
        output.AddClass(Of[0] switch { 'A' => "a", 'B' => "b", 'C' => "c", _ => "d" });
        output.Content.SetContent(Of.Replace('-', '−'));
    }
}

/// <summary><c>&lt;avatar name="agent.Name" class="large" /&gt;</c>: initials on a colour that stays the same for a name.</summary>
[HtmlTargetElement("avatar", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class AvatarTagHelper : TagHelper
{
    /// <summary>Whose; an e-mail address is fine.</summary>
    public required string Name { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("aria-hidden", "true");
        var hash = Name.Aggregate(17, (sum, letter) => unchecked((sum * 31) + letter)) & int.MaxValue;
        output.AddClass($"avatar h{hash % 5}");
        output.Content.SetContent(Initials(Name));
    }

    private static string Initials(string name)
    {
        var words = name.Split('@')[0].Split([' ', '.', '-', '_'], StringSplitOptions.RemoveEmptyEntries);
        var letters = words.Length switch
        {
            0 => "?",
            1 => words[0][..Math.Min(2, words[0].Length)],
            _ => $"{words[0][0]}{words[^1][0]}",
        };
        return letters.ToUpperInvariant();
    }
}

/// <summary>What the tag helpers share.</summary>
internal static class TagHelperOutputExtensions
{
    /// <summary>Adds classes to those that the page wrote.</summary>
    public static void AddClass(this TagHelperOutput output, string classes)
    {
        var present = output.Attributes.TryGetAttribute("class", out var attribute) ? attribute.Value?.ToString() : null;
        output.Attributes.SetAttribute("class", string.IsNullOrEmpty(present) ? classes.Trim() : $"{classes.Trim()} {present}");
    }

    /// <summary>A number for an SVG attribute.</summary>
    public static StringBuilder Number(this StringBuilder text, decimal number) =>
        text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));
}
