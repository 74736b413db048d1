using System.Buffers.Text;
using System.Text;

namespace Hermes.Application.Shared;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Items">At most <c>limit</c> rows.</param>
/// <param name="NextCursor">Opaque; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>What every list takes.</summary>
public static class Paging
{
    /// <summary>Rows per page when the caller names no limit.</summary>
    public const int DefaultLimit = 25;

    /// <summary>Most rows per page.</summary>
    public const int MaxLimit = 100;

    /// <summary>The limit to use: default when null, kept within 1 and <see cref="MaxLimit"/>.</summary>
    public static int Clamp(int? limit) => Math.Clamp(limit ?? DefaultLimit, 1, MaxLimit);

    /// <summary>
    /// Cuts the list that was read with one row more than the limit, and makes the cursor of its last row.
    /// </summary>
    public static Page<T> Cut<T>(List<T> rows, int limit, Func<T, string> cursorOf)
    {
        if (rows.Count <= limit)
            return new Page<T>(rows, null);
        rows.RemoveRange(limit, rows.Count - limit);
        return new Page<T>(rows, Encode(cursorOf(rows[^1])));
    }

    /// <summary>An opaque cursor of a sort position.</summary>
    public static string Encode(string position) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position));

    /// <summary>The sort position of a cursor; null for none and for one that is not ours (the list starts anew).</summary>
    public static string? Decode(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor) || cursor.Length > 400 || !Base64Url.IsValid(cursor))
            return null;
        var position = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return position.Contains('\0', StringComparison.Ordinal) ? null : position;
    }
}
