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
    /// <summary>It may stand in a wish for anything ("weekend", "small"): it counts little where no agent uses it.</summary>
    Everyday,
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

    // One form of each; the others follow by their stem.
    private static readonly FrozenSet<string> Everyday = Set("""
        time year month monthly week weekly day days hour minute second moment today tomorrow yesterday tonight morning afternoon evening night noon
        midnight monday tuesday wednesday thursday friday saturday sunday weekend january february march april june july august september october
        november december ago always never often sometimes usually ever soon later late early earlier already still yet now recently forever next last
        previous past future present current ahead beginning end start finish stop continue kept man woman boy girl guy guys boss colleague friend
        neighbour neighbor brother sister mother father mum mom dad son daughter husband wife uncle aunt cousin everybody everyone nobody anyone
        anybody myself yourself ourselves themselves yours ours theirs mr mrs big bigger biggest large larger largest huge small smaller smallest tiny
        little long longer longest short shorter tall higher low wide narrow thick thin deep heavy old older oldest young younger modern nice fine bad
        worse worst wrong right strange odd weird beautiful pretty ugly clever hard harder difficult tough easily slowly full empty whole entire
        complete total half double single main major minor important certain sure possible impossible necessary useful useless special normal ordinary
        common rare proper properly exact exactly actual really true genuine strong weak hot cold warm cool dry wet dirty loud quiet busy free ready
        available near nearby far away close happy sad afraid nervous glad sorry lucky annoying boring interesting favourite favorite automatically
        manually directly three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety hundred
        thousand million dozen third fourth fifth twice number lot bunch pile piece part bit couple pair rest none plenty enough much less least
        almost nearly roughly go goes gone went come came put bring brought carry leaves left stays stand sit lie lay fall fell turn move hold pull
        push set gave say says said tells ask mean meant know knew known think thought believe guess wonder understand see seen hear heard feel felt
        wanted wish hope hate love likes prefer try tries happen seem become became remain looks appear shows forget forgot forgotten remember lose
        lost miss picks throw catch dropped cause belong depend contain consist exist matters suffer managed fail finally decided expect suppose
        allowed forbid worry bother hurt wait hurry spend spent wasted got gotten done made giving taking kindly unable cannot place side front back
        top bottom middle center inside outside corner edge line row everywhere somewhere anywhere nowhere area north south east west reason problem
        trouble question fact case point example sorts level size shape colour name title word item list detail mistake result version maybe perhaps
        probably rather quite somewhat else instead together alone apart especially mostly mainly generally simply basically immediately suddenly
        anyway however although though since whether unless otherwise therefore besides except despite according among towards behind beneath beyond
        along onto throughout plus minus yes ok okay hello hi hey thanks dear
        """).Select(Stemmer.Stem).ToFrozenSet(StringComparer.Ordinal);

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
    public static Word Of(string lower)
    {
        var stem = Stemmer.Stem(lower);
        return new(lower, stem, Functions.Contains(lower) ? WordKind.Function
            : Fillers.Contains(lower) ? WordKind.Filler
            : Everyday.Contains(stem) ? WordKind.Everyday : WordKind.Content);
    }

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
