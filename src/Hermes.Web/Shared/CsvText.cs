using System.Globalization;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Web.Shared;

/// <summary>How a list is written as CSV.</summary>
/// <typeparam name="T">The list's row.</typeparam>
/// <param name="Name">File name without extension.</param>
/// <param name="Head">Column names.</param>
/// <param name="Cells">A row's cells as text; null is empty.</param>
public sealed record CsvList<T>(string Name, IReadOnlyList<string> Head, Func<T, IReadOnlyList<string?>> Cells);

/// <summary>Lists as CSV (RFC 4180) that a spreadsheet opens without running anything.</summary>
public static class CsvText
{
    /// <summary>Most rows of a file; one that has more ends with a line that says so.</summary>
    public const int MostRows = 10_000;

    /// <summary>The whole text.</summary>
    /// <param name="head">Column names.</param>
    /// <param name="rows">Cells as text; null is empty. What comes after <see cref="MostRows"/> is left out, and that is said.</param>
    public static byte[] Of(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var text = new StringBuilder();
        var lines = 0;
        foreach (var row in rows.Prepend(head))
        {
            if (lines++ > MostRows)
            {
                text.Append(CultureInfo.InvariantCulture, $"\"Cut after {MostRows:#,##0} rows; filter for the rest.\"\r\n");
                break;
            }
            text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads a list page by page for a file: to its end, or as far as tells that it is cut.</summary>
    /// <param name="mediator">Sends the requests.</param>
    /// <param name="page">The request for the page at a cursor, null for the first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Result<List<T>>> AllAsync<T>(this IMediator mediator, Func<string?, IRequest<Result<Page<T>>>> page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mediator);
        ArgumentNullException.ThrowIfNull(page);
        var rows = new List<T>();
        string? cursor = null;
        do
        {
            var result = await mediator.Send(page(cursor), cancellationToken);
            if (!result.Succeeded)
                return result.Error;
            rows.AddRange(result.Value.Items);
            cursor = result.Value.NextCursor;
        }
        while (cursor is not null && rows.Count <= MostRows);
        return rows;
    }

    /// <summary>A list of the API: one page as JSON, or all of it as CSV where that is asked for.</summary>
    /// <param name="mediator">Sends the requests.</param>
    /// <param name="request">Says which is asked for.</param>
    /// <param name="page">The request for a page by limit and cursor.</param>
    /// <param name="limit">As the caller gave it.</param>
    /// <param name="cursor">As the caller gave it.</param>
    /// <param name="csv">How it is written as CSV.</param>
    public static async Task<OkAnswer<Page<T>>> OkOrCsv<T>(
        this IMediator mediator, HttpRequest request, Func<int?, string?, IRequest<Result<Page<T>>>> page, int? limit, string? cursor, CsvList<T> csv)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(csv);
        var aborted = request.HttpContext.RequestAborted;
        return IsWanted(request)
            ? new((await mediator.AllAsync(next => page(Paging.MaxLimit, next), aborted)).ToHttp(rows => File(csv.Name, csv.Head, rows.Select(csv.Cells))))
            : await mediator.Ok(page(limit, cursor), aborted);
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
