using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hermes.SampleAgents;

/// <summary>
/// Profiles a CSV text: separator, rows, and for each column its type, gaps, distinct values, range, mean, median,
/// deviation or most frequent values. Context: <c>csv</c>.
/// </summary>
public sealed class CsvProfiler(Pricing pricing) : SampleCraft("csv.profile", pricing)
{
    protected override string InputMember => "csv";

    public override object Work(string input, JsonElement context)
    {
        var separator = ",;\t|".MaxBy(c => input.AsSpan(0, Math.Max(0, input.IndexOf('\n') is var end && end >= 0 ? end : input.Length)).Count(c));
        var rows = Parse(input, separator);
        if (rows.Count == 0)
            throw new InvalidOperationException("The CSV is empty.");
        var header = rows[0];
        var data = rows.Skip(1).ToList();
        return new
        {
            Separator = separator.ToString(),
            Rows = data.Count,
            Columns = header.Select((name, i) => Profile(name, [.. data.Select(r => i < r.Count ? r[i].Trim() : "")])).ToArray(),
            RaggedRows = data.Count(r => r.Count != header.Count),
            DuplicateRows = data.Count - data.Select(r => string.Join('\u001f', r)).Distinct(StringComparer.Ordinal).Count(),
        };
    }

    private static Dictionary<string, object?> Profile(string name, string[] values)
    {
        var present = values.Where(v => v.Length > 0).ToArray();
        var profile = new Dictionary<string, object?>
        {
            ["name"] = name,
            ["missing"] = values.Length - present.Length,
            ["distinct"] = present.Distinct(StringComparer.Ordinal).Count(),
        };
        if (present.Length > 0 && Array.TrueForAll(present, v => decimal.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            var numbers = Array.ConvertAll(present, v => decimal.Parse(v, NumberStyles.Float, CultureInfo.InvariantCulture));
            Array.Sort(numbers);
            var mean = numbers.Average();
            var middle = numbers.Length / 2;
            profile["type"] = Array.TrueForAll(numbers, n => n == decimal.Truncate(n)) ? "integer" : "number";
            (profile["min"], profile["max"], profile["mean"]) = (numbers[0], numbers[^1], decimal.Round(mean, 6));
            profile["median"] = numbers.Length % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
            profile["standard_deviation"] = Math.Round(Math.Sqrt(numbers.Sum(n => Math.Pow((double)(n - mean), 2)) / numbers.Length), 6);
        }
        else if (present.Length > 0 && Array.TrueForAll(present, v => DateOnly.TryParse(v, CultureInfo.InvariantCulture, out _)))
        {
            var dates = Array.ConvertAll(present, v => DateOnly.Parse(v, CultureInfo.InvariantCulture));
            (profile["type"], profile["min"], profile["max"]) = ("date", dates.Min(), dates.Max());
        }
        else
        {
            profile["type"] = present.Length == 0 ? "empty" : Array.TrueForAll(present, v => bool.TryParse(v, out _)) ? "boolean" : "text";
            profile["longest"] = present.Length == 0 ? 0 : present.Max(v => v.Length);
            profile["most_frequent"] = present.GroupBy(v => v, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Take(5).Select(g => new { Value = g.Key, Count = g.Count() }).ToArray();
        }
        return profile;
    }

    /// <summary>RFC 4180: quoted fields may hold separators, line breaks and doubled quotes. Blank lines are left out.</summary>
    internal static List<List<string>> Parse(string text, char separator)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                field.Append(text[i++]);
            else if (c == '"' && (quoted || field.Length == 0))
                quoted = !quoted;
            else if (!quoted && c == separator)
                EndField();
            else if (!quoted && c == '\n')
                EndRow();
            else if (quoted || c != '\r')
                field.Append(c);
        }
        EndRow();
        return rows;

        void EndField()
        {
            row.Add(field.ToString());
            field.Clear();
        }

        void EndRow()
        {
            EndField();
            if (row.Count > 1 || row[0].Trim().Length > 0)
                rows.Add(row);
            row = [];
        }
    }
}
