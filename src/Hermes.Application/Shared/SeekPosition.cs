using System.Globalization;

namespace Hermes.Application.Shared;

/// <summary>The sort position of a list by instant and id, as it stands in a cursor.</summary>
/// <param name="At">The last row's instant.</param>
/// <param name="Id">The last row's id.</param>
public readonly record struct SeekPosition(DateTimeOffset At, Guid Id)
{
    /// <summary>For <see cref="Paging.Cut"/>.</summary>
    public static string Write(DateTimeOffset at, Guid id) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}.{id:N}");

    /// <summary>From a cursor; null for none and for one that is not ours.</summary>
    public static SeekPosition? Read(string? cursor)
    {
        var parts = Paging.Decode(cursor)?.Split('.');
        return parts is [var ticks, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
            && Guid.TryParseExact(id, "N", out var guid)
            ? new SeekPosition(new DateTimeOffset(at, TimeSpan.Zero), guid)
            : null;
    }
}
