using System.Globalization;
using System.Text;

namespace Hermes.Web.Shared;

/// <summary>Lists as CSV (RFC 4180) that a spreadsheet opens without running anything.</summary>
public static class CsvText
{
    /// <summary>The whole text.</summary>
    /// <param name="head">Column names.</param>
    /// <param name="rows">Cells as text; null is empty.</param>
    public static byte[] Of(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(head))
            text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>An answer of the API.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="head">Column names.</param>
    /// <param name="rows">Cells as text; null is empty.</param>
    public static Microsoft.AspNetCore.Http.IResult File(string name, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string?>> rows) =>
        Results.File(Of(head, rows), "text/csv; charset=utf-8", name + ".csv");

    /// <summary>True when the caller asks for CSV: <c>?format=csv</c> or <c>Accept: text/csv</c>.</summary>
    public static bool IsWanted(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Query["format"] == "csv" || request.Headers.Accept.ToString().StartsWith("text/csv", StringComparison.OrdinalIgnoreCase);
    }

    // A leading = + - @ would run as a formula in a spreadsheet; numbers stay numbers.
    private static string Cell(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";
        if (value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' && !decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out _))
            value = "'" + value;
        return value.AsSpan().IndexOfAny(",\"\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
