using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hermes.SampleAgents;

/// <summary>
/// Finds dates, amounts of money, percentages and e-mail addresses, each with its place and in a normal form.
/// Context: <c>text</c>; optional <c>day_first</c> (default true) decides 03/04/2026.
/// </summary>
public sealed partial class FactExtractor(Pricing pricing) : SampleCraft("text.extract-facts", pricing)
{
    private const string Months = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
    private static readonly Dictionary<string, string> Signs = new(StringComparer.Ordinal) { ["$"] = "USD", ["€"] = "EUR", ["£"] = "GBP", ["¥"] = "JPY" };
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    protected override string InputMember => "text";

    /// <summary>One thing found.</summary>
    public sealed record Fact(string Text, int At, string Value, string? Currency = null);

    public override object Work(string input, JsonElement context)
    {
        var dayFirst = !(context.ValueKind == JsonValueKind.Object && context.TryGetProperty("day_first", out var value) && value.ValueKind == JsonValueKind.False);
        return new
        {
            Dates = DatePattern().Matches(input).Select(m => (Match: m, Date: ReadDate(m, dayFirst))).Where(d => d.Date is not null)
                .Select(d => new Fact(d.Match.Value, d.Match.Index, d.Date!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))).ToArray(),
            Amounts = AmountPattern().Matches(input).Select(ReadAmount).OfType<Fact>().ToArray(),
            Percentages = PercentPattern().Matches(input).Select(m => new Fact(m.Value, m.Index, m.Groups[1].Value.Replace(',', '.'))).ToArray(),
            Emails = EmailPattern().Matches(input).Select(m => new Fact(m.Value, m.Index, m.Value.ToLowerInvariant())).ToArray(),
        };
    }

    private static DateOnly? ReadDate(Match match, bool dayFirst)
    {
        int Part(string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
        var (year, month, day) = match switch
        {
            _ when match.Groups["iy"].Success => (Part("iy"), Part("im"), Part("id")),
            _ when match.Groups["ny"].Success => (Part("ny"), Month(match.Groups["nm"].Value), Part("nd")),
            _ when match.Groups["uy"].Success => (Part("uy"), Month(match.Groups["um"].Value), Part("ud")),
            // A dot is always day first; with a slash the other order is taken where only that is a date.
            _ when match.Groups["sep"].Value == "." || (dayFirst && Part("b") <= 12) || Part("a") > 12 => (Part("sy"), Part("b"), Part("a")),
            _ => (Part("sy"), Part("a"), Part("b")),
        };
        return year is >= 1000 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
    }

    private static int Month(string name) => Array.IndexOf(MonthNames, name[..3].ToLowerInvariant()) + 1;

    private static Fact? ReadAmount(Match match)
    {
        var currency = match.Groups["sign"].Success ? Signs[match.Groups["sign"].Value]
            : match.Groups["code"].Success ? match.Groups["code"].Value
            : match.Groups["after"].Value is var after && Signs.TryGetValue(after, out var bySign) ? bySign : after;
        var digits = match.Groups["number"].Value;
        // The last of ',' and '.' is the decimal separator when one or two digits follow it; the others group.
        var last = digits.LastIndexOfAny([',', '.']);
        var plain = last >= 0 && digits.Length - last - 1 is 1 or 2
            ? $"{Digits(digits[..last])}.{digits[(last + 1)..]}"
            : Digits(digits);
        if (!decimal.TryParse(plain, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            return null;
        amount *= match.Groups["scale"].Value.ToLowerInvariant() switch
        {
            "k" or "thousand" => 1_000m,
            "m" or "million" => 1_000_000m,
            "bn" or "billion" => 1_000_000_000m,
            _ => 1m,
        };
        return new Fact(match.Value, match.Index, amount.ToString("0.00####", CultureInfo.InvariantCulture), currency);

        static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));
    }

    [GeneratedRegex(@"\b(?:(?<iy>\d{4})-(?<im>\d{2})-(?<id>\d{2})|(?<nd>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?<nm>" + Months + @")\.?,?\s+(?<ny>\d{4})|(?<um>" + Months +
        @")\.?\s+(?<ud>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<uy>\d{4})|(?<a>\d{1,2})(?<sep>[./])(?<b>\d{1,2})\k<sep>(?<sy>\d{4}))\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"(?:(?:(?<sign>[$€£¥])|\b(?<code>USD|EUR|GBP|CHF|JPY))\s?(?<number>\d[\d.,]*\d|\d)|\b(?<number>\d[\d.,]*\d|\d)\s?(?<after>[€£]|(?:USD|EUR|GBP|CHF|JPY)\b))(?:\s?(?<scale>k|m|bn|thousand|million|billion)\b)?")]
    private static partial Regex AmountPattern();

    [GeneratedRegex(@"(?<![\d.,])(\d+(?:[.,]\d+)?)\s?(?:%|percent\b)")]
    private static partial Regex PercentPattern();

    [GeneratedRegex(@"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", RegexOptions.IgnoreCase)]
    private static partial Regex EmailPattern();
}
