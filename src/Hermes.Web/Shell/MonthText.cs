using System.Globalization;

namespace Hermes.Web.Shell;

/// <summary>Months for people.</summary>
public static class MonthText
{
    /// <summary><c>2026-11</c> as November 2026.</summary>
    public static string Of(string month) => DateOnly.ParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture).ToString("MMMM yyyy", CultureInfo.InvariantCulture);
}
