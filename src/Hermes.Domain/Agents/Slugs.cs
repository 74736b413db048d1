using System.Text.RegularExpressions;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>
/// Short lower-case names: capabilities (<c>text.summarize</c>), tags and categories. A slug is 1–64 characters of
/// letters a–z and digits, in parts joined by a dot, hyphen or underscore.
/// </summary>
public static partial class Slugs
{
    /// <summary>Longest slug.</summary>
    public const int MaxLength = 64;

    /// <summary>Trimmed and lower case; spaces become hyphens. Not yet checked: see <see cref="IsValid"/>.</summary>
    public static string Normalise(string text) => text.Trim().ToLowerInvariant().Replace(' ', '-');

    /// <summary>True for a slug in its normal form.</summary>
    public static bool IsValid(string slug) => slug.Length <= MaxLength && Pattern().IsMatch(slug);

    /// <summary>
    /// Normalises a list: duplicates go, the rest is sorted, so that equal sets are equal lists. Refused when one is not
    /// a slug or there are fewer than <paramref name="min"/> or more than <paramref name="max"/>.
    /// </summary>
    /// <param name="member">The input member, for the error.</param>
    /// <param name="texts">As given; null, also among them, counts as none.</param>
    /// <param name="min">Least number.</param>
    /// <param name="max">Most.</param>
    public static Result<string[]> List(string member, IEnumerable<string>? texts, int min, int max)
    {
        var slugs = (texts ?? []).Select(t => t is null ? "" : Normalise(t)).Where(s => s.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (slugs.Length < min || slugs.Length > max)
            return AgentErrors.Member(member, min == 0 ? $"At most {max}." : $"Between {min} and {max}.");
        return Array.Find(slugs, s => !IsValid(s)) is { } wrong
            ? AgentErrors.Member(member, $"'{(wrong.Length > 80 ? wrong[..80] : wrong)}' is not a name of letters a–z and digits joined by '.', '-' or '_', at most {MaxLength} long.")
            : slugs;
    }

    [GeneratedRegex("^[a-z0-9]+([._-][a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
