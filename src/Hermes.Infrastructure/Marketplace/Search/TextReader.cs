using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>How much a word says.</summary>
internal enum WordKind
{
    /// <summary>It names something.</summary>
    Content,
    /// <summary>It is in nearly every query or description ("agent", "help", "tool"): it counts little.</summary>
    Filler,
    /// <summary>It only joins others ("the", "of"): it counts in phrases only.</summary>
    Function,
}

/// <summary>A word of a text.</summary>
/// <param name="Text">Lower case, without accents.</param>
/// <param name="Stem">Its stem.</param>
/// <param name="Kind">How much it says.</param>
internal readonly record struct Word(string Text, string Stem, WordKind Kind);

/// <summary>Cuts texts into words: slugs, camel case and hyphens fall apart; accents go; <c>c#</c> and its like keep a name.</summary>
internal static class TextReader
{
    private static readonly FrozenSet<string> Functions = Set("""
        a an the of to for in on at by with from into and or but nor so as is are was were be been being am do does did doing has have had having it its this
        that these those there here i me my we us our you your he she they them their his her who whom whose which what when where why how can could would
        should may might must will shall not no if then than too very just also about over under between through during before after above below up down out
        off again once all any both each few more most other some such only own same s t d ll re ve m get gets let lets per via etc eg ie vs within without
        across around upon while because until against like
        """);

    private static readonly FrozenSet<string> Fillers = Set("""
        agent agents assistant assistants bot bots tool tools ai helper helps help helping need needs needed want wants looking look please someone somebody
        something anything service services app apps application applications solution solutions system systems platform software-agent using use used uses
        user users provide provides providing offer offers based powered smart intelligent advanced simple easy quick fast quickly best good great new various
        different many several able give gives show tell make makes making do take takes work works working thing things stuff way ways kind type types give
        process processes processing processed every daily online expert specialist professional company business companies team teams people person it's i'd i'm given support supports supporting
        specific any one two first your related high quality handle handles perform performs allow allows enable enables including includes include well real
        task tasks request requests job
        """);

    private static readonly (string From, string To)[] Names =
        [("c#", "csharp"), ("c++", "cpp"), ("f#", "fsharp"), (".net", " dotnet"), ("a/b", "a b"), ("ci/cd", "ci cd"), ("q&a", "q and a"), ("r&d", "research and development"), ("p&l", "profit and loss"), ("i/o", "io")];

    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">Any text; only its first 6,000 characters are read.</param>
    /// <param name="known">Tells whether a camel-case word is known as one ("JavaScript"), so that it isn't split.</param>
    public static List<Word> Read(string text, Func<string, bool> known)
    {
        var words = new List<Word>();
        var plain = Plain(text.Length > 6_000 ? text[..6_000] : text);
        var start = -1;
        for (var i = 0; i <= plain.Length; i++)
        {
            if (i < plain.Length && (char.IsLetterOrDigit(plain[i]) || (plain[i] == '\'' && start >= 0 && i + 1 < plain.Length && char.IsLetter(plain[i + 1]))))
            {
                if (start < 0)
                    start = i;
                continue;
            }
            if (start >= 0)
                AddToken(words, plain[start..i], known);
            start = -1;
        }
        return words;
    }

    /// <summary>One word, already lower case and whole.</summary>
    public static Word Of(string lower) => new(lower, Stemmer.Stem(lower),
        Functions.Contains(lower) ? WordKind.Function : Fillers.Contains(lower) ? WordKind.Filler : WordKind.Content);

    private static void AddToken(List<Word> words, string token, Func<string, bool> known)
    {
        var apostrophe = token.IndexOf('\'', StringComparison.Ordinal);
        if (apostrophe > 0)
            token = token[..apostrophe];
        var lower = token.ToLowerInvariant();
        if (lower.Length > 2 && HasHump(token) && !known(lower))
        {
            var from = 0;
            for (var i = 1; i <= token.Length; i++)
            {
                if (i < token.Length && !(char.IsUpper(token[i]) && char.IsLower(token[i - 1])))
                    continue;
                words.Add(Of(lower[from..i]));
                from = i;
            }
            return;
        }
        if (lower.Length == 1 && !char.IsDigit(lower[0]) && lower[0] < 0x2E80)
        {
            words.Add(new Word(lower, lower, WordKind.Function));
            return;
        }
        words.Add(Of(lower.Length > 40 ? lower[..40] : lower));
    }

    private static bool HasHump(string token)
    {
        for (var i = 1; i < token.Length; i++)
        {
            if (char.IsUpper(token[i]) && char.IsLower(token[i - 1]))
                return true;
        }
        return false;
    }

    private static string Plain(string text)
    {
        foreach (var (from, to) in Names)
            text = text.Replace(from, to, StringComparison.OrdinalIgnoreCase);
        text = text.Replace('’', '\'');
        if (System.Text.Ascii.IsValid(text))
            return text;
        var built = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
                continue;
            // A script without spaces is read sign by sign.
            if (c is >= '\u2E80' and <= '\u9FFF')
                built.Append(' ').Append(c).Append(' ');
            else
                built.Append(c == 'ß' ? "ss" : c);
        }
        return built.ToString();
    }

    private static FrozenSet<string> Set(string words) => words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
