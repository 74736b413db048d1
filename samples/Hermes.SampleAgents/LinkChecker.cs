using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hermes.SampleAgents;

/// <summary>
/// Checks the links of a page that is given as text; nothing is fetched. Finds empty and unreadable addresses, anchors
/// that lead nowhere, script and plain http links, links without words, and relative links that are not among the
/// site's <c>known_paths</c> when those are given. Context: <c>html</c>, optional <c>known_paths</c>.
/// </summary>
public sealed partial class LinkChecker(Pricing pricing) : SampleCraft("html.check-links", pricing)
{
    protected override string InputMember => "html";

    /// <summary>One problem.</summary>
    public sealed record Problem(string Href, string Text, int Line, string Code, string Message);

    public override object Work(string input, JsonElement context)
    {
        var page = Comments().Replace(input, m => new string('\n', m.Value.Count(c => c == '\n')));
        var anchors = IdPattern().Matches(page).Select(m => Value(m)).ToHashSet(StringComparer.Ordinal);
        var known = context.ValueKind == JsonValueKind.Object && context.TryGetProperty("known_paths", out var paths) && paths.ValueKind == JsonValueKind.Array
            ? paths.EnumerateArray().Select(p => p.ToString().Trim('/')).ToHashSet(StringComparer.OrdinalIgnoreCase)
            : null;
        var links = LinkPattern().Matches(page);
        var problems = new List<Problem>();
        foreach (Match link in links)
        {
            var attributes = link.Groups["attributes"].Value;
            var href = HrefPattern().Match(attributes) is { Success: true } found ? WebUtility.HtmlDecode(Value(found)).Trim() : null;
            if (href is null)
                continue;
            var words = Spaces().Replace(Tags().Replace(link.Groups["inside"].Value, " "), " ").Trim();
            var line = 1 + page.AsSpan(0, link.Index).Count('\n');
            if (Wrong(href, anchors, known) is var (code, message))
                problems.Add(new Problem(href, words, line, code, message));
            if (words.Length == 0 && !link.Groups["inside"].Value.Contains("alt=", StringComparison.OrdinalIgnoreCase) && !attributes.Contains("aria-label", StringComparison.OrdinalIgnoreCase))
                problems.Add(new Problem(href, "", line, "no_text", "The link has no words that a screen reader could say."));
        }
        return new { Links = links.Count, Problems = problems.ToArray(), Ok = problems.Count == 0 };
    }

    private static (string Code, string Message)? Wrong(string href, HashSet<string> anchors, HashSet<string>? known)
    {
        if (href.Length == 0)
            return ("empty", "The address is empty.");
        if (href[0] == '#')
            return href.Length == 1 || anchors.Contains(Uri.UnescapeDataString(href[1..])) ? null : ("missing_anchor", "Nothing on the page has this id.");
        if (href.Contains(' ', StringComparison.Ordinal))
            return ("malformed", "The address holds a space.");
        if (SchemePattern().Match(href) is { Success: true } scheme)
        {
            return scheme.Groups[1].Value.ToLowerInvariant() switch
            {
                "https" when Uri.TryCreate(href, UriKind.Absolute, out var uri) && uri.Host.Length > 0 => null,
                "http" when Uri.TryCreate(href, UriKind.Absolute, out var uri) && uri.Host.Length > 0 => ("insecure", "The address is plain http."),
                "http" or "https" => ("malformed", "The address has no host."),
                "mailto" => href.Contains('@', StringComparison.Ordinal) ? null : ("malformed", "Not an e-mail address."),
                "tel" => null,
                "javascript" or "data" or "vbscript" => ("script", "The address runs a script."),
                _ => ("unknown_scheme", "Browsers don't know this kind of address."),
            };
        }
        var path = href.Split('#', '?')[0].Trim('/');
        return known is null || path.Length == 0 || known.Contains(path) ? null : ("unknown_path", "The site has no such page.");
    }

    private static string Value(Match match) => match.Groups.Cast<Group>().Skip(1).First(g => g.Success).Value;

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"<a\b(?<attributes>(?:[^>""']|""[^""]*""|'[^']*')*)>(?<inside>.*?)</a\s*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"(?<![\w-])href\s*=\s*(?:""([^""]*)""|'([^']*)'|([^\s""'>]+))", RegexOptions.IgnoreCase)]
    private static partial Regex HrefPattern();

    [GeneratedRegex(@"<[^>]*?(?<![\w-])(?:id|name)\s*=\s*(?:""([^""]*)""|'([^']*)'|([^\s""'>]+))", RegexOptions.IgnoreCase)]
    private static partial Regex IdPattern();

    [GeneratedRegex("^([a-z][a-z0-9+.-]*):", RegexOptions.IgnoreCase)]
    private static partial Regex SchemePattern();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
