using System.Collections.Frozen;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>
/// English word forms to one stem, after M. F. Porter's algorithm of 1980, with British spelling taken to American first
/// (<c>summarise</c>, <c>summarize</c>) and a few irregular forms. Words of other scripts pass unchanged.
/// </summary>
internal static class Stemmer
{
    private static readonly FrozenDictionary<string, string> Irregular = new Dictionary<string, string>
    {
        ["written"] = "write",
        ["wrote"] = "write",
        ["built"] = "build",
        ["sold"] = "sell",
        ["bought"] = "buy",
        ["found"] = "find",
        ["sent"] = "send",
        ["spoken"] = "speak",
        ["spoke"] = "speak",
        ["drawn"] = "draw",
        ["drew"] = "draw",
        ["made"] = "make",
        ["taught"] = "teach",
        ["children"] = "child",
        ["men"] = "man",
        ["women"] = "woman",
        ["mice"] = "mouse",
        ["feet"] = "foot",
        ["teeth"] = "tooth",
        ["paid"] = "pay",
        ["kept"] = "keep",
        ["chosen"] = "choose",
        ["chose"] = "choose",
        ["flew"] = "fly",
        ["flown"] = "fly",
        ["driven"] = "drive",
        ["drove"] = "drive",
        ["got"] = "get",
        ["shown"] = "show",
        ["told"] = "tell",
        ["held"] = "hold",
        ["led"] = "lead",
        ["ran"] = "run",
        ["sung"] = "sing",
        ["taxes"] = "tax",
        ["analyses"] = "analyze",
        ["analysis"] = "analyze",
        ["analyse"] = "analyze",
        ["analysing"] = "analyze",
        ["analysed"] = "analyze",
        ["analytics"] = "analytics",
        ["news"] = "news",
        ["data"] = "data",
        ["indices"] = "index",
        ["matrices"] = "matrix",
        ["criteria"] = "criterion",
        ["aws"] = "aws",
        ["dns"] = "dns",
        ["ios"] = "ios",
        ["css"] = "css",
        ["tts"] = "tts",
        ["sms"] = "sms",
        ["saas"] = "saas",
        ["gps"] = "gps",
        ["gis"] = "gis",
        ["apis"] = "api",
        ["maths"] = "math",
        ["logistics"] = "logistics",
        ["logistic"] = "logistics",
        ["skies"] = "sky",
        ["wives"] = "wife",
        ["lives"] = "life",
        ["people"] = "people",
        ["accountant"] = "accounting",
        ["accountants"] = "accounting",
        ["engineer"] = "engineering",
        ["engineers"] = "engineering",
        ["conversational"] = "conversation",
        ["buses"] = "bus",
        ["gases"] = "gas",
        ["species"] = "species",
        ["series"] = "series",
        ["colour"] = "color",
        ["colours"] = "color",
        ["behaviour"] = "behavior",
        ["labelling"] = "label",
        ["labeling"] = "label",
        ["modelling"] = "model",
        ["travelling"] = "travel",
        ["cancelled"] = "cancel",
        ["catalogue"] = "catalog",
        ["catalogues"] = "catalog",
        ["programme"] = "program",
        ["programmes"] = "program",
        ["centre"] = "center",
        ["licence"] = "license",
        ["licences"] = "license",
        ["defence"] = "defense",
        ["cheque"] = "check",
        ["grey"] = "gray",
        ["tyre"] = "tire",
        ["humour"] = "humor",
        ["favour"] = "favor",
        ["photo"] = "photo",
        ["photos"] = "photo",
        ["photograph"] = "photo",
        ["photographs"] = "photo",
        ["pics"] = "picture",
        ["pic"] = "picture",
        ["vids"] = "video",
        ["docs"] = "doc",
        ["organisation"] = "organization",
        ["translator"] = "translate",
        ["translations"] = "translate",
        ["translation"] = "translate",
        ["transcript"] = "transcribe",
        ["transcripts"] = "transcribe",
        ["transcription"] = "transcribe",
        ["transcriptions"] = "transcribe",
        ["transcriber"] = "transcribe",
        ["summaries"] = "summary",
        ["summarization"] = "summary",
        ["summarisation"] = "summary",
        ["summarize"] = "summary",
        ["summarise"] = "summary",
        ["summarizes"] = "summary",
        ["summarises"] = "summary",
        ["summarizing"] = "summary",
        ["summarising"] = "summary",
        ["summarized"] = "summary",
        ["summarised"] = "summary",
        ["summarizer"] = "summary",
        ["summariser"] = "summary",
        ["summary"] = "summary",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Words that the algorithm would throw together with others of another meaning: presentation and present, engine and engineer.
    private static readonly FrozenSet<string> Own = """
        presentation apartment conversation productivity animal community university policy experience experiment authority opera personal personnel station
        information marketing accounting accountant meeting booking shipping clothing important engine general generic universe engineering organ organic
        community communication severe several numerical international police import importance statement statistics state animation animated physical
        physics economy economics economic ethic ethical secretary conversion customs custom customer designate interesting operation operate operator
        banking wedding planet plane paste rating relativity relation relationship production product producer department apart party part solidity solid compatibility exorcism
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The stem of a lower-case word.</summary>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out var known))
            word = known;
        if (word.Length <= 3 || word.AsSpan().ContainsAnyExceptInRange('a', 'z'))
            return word;
        if (OwnFormOf(word) is { } own)
            return own;
        return new Run(American(word)).Result();
    }

    private static string? OwnFormOf(string word)
    {
        if (Own.Contains(word))
            return word;
        if (!word.EndsWith('s'))
            return null;
        var singular = word.EndsWith("ies", StringComparison.Ordinal) ? word[..^3] + "y" : word[..^1];
        return Own.Contains(singular) ? singular : null;
    }

    private static string American(string word)
    {
        if (word.Length < 6)
            return word;
        foreach (var ending in (ReadOnlySpan<string>)["isation", "isations", "ising", "ised", "iser", "isers", "ises", "ise"])
        {
            if (word.EndsWith(ending, StringComparison.Ordinal))
                return string.Concat(word.AsSpan(0, word.Length - ending.Length), "iz", ending.AsSpan(2));
        }
        return word;
    }

    private struct Run(string word)
    {
        private readonly char[] _b = word.ToCharArray();
        private int _k = word.Length - 1;
        private int _j;

        public string Result()
        {
            Plurals();
            PastAndGerund();
            if (Ends("y") && HasVowel())
                _b[_k] = 'i';
            Suffixes(Double);
            Suffixes(Long);
            Endings();
            if (_b[_k] == 'e')
            {
                _j = _k;
                var m = Measure();
                if (m > 1 || (m == 1 && !Cvc(_k - 1)))
                    _k--;
            }
            _j = _k;
            if (_b[_k] == 'l' && DoubleConsonant(_k) && Measure() > 1)
                _k--;
            return new string(_b, 0, _k + 1);
        }

        private static readonly (string, string)[] Double =
        [
            ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"), ("alli", "al"), ("entli", "ent"),
            ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"),
            ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
        ];

        private static readonly (string, string)[] Long =
            [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

        private static readonly string[] Last =
            ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

        private void Plurals()
        {
            if (_b[_k] != 's')
                return;
            if (Ends("sses") || (Ends("ies") && _k > 3))
                _k -= 2;
            else if (_b[_k - 1] is not ('s' or 'u' or 'i'))
                _k--;
        }

        private void PastAndGerund()
        {
            if (Ends("eed"))
            {
                if (Measure() > 0)
                    _k--;
                return;
            }
            if (!((Ends("ed") || Ends("ing")) && HasVowel()))
                return;
            _k = _j;
            if (Ends("at") || Ends("bl") || Ends("iz"))
                Put("e", _k);
            else if (DoubleConsonant(_k))
                _k -= _b[_k] is 'l' or 's' or 'z' ? 0 : 1;
            else if (((Func<int>)Measure)() == 1 && Cvc(_k))
                Put("e", _k);
        }

        private void Suffixes((string, string)[] table)
        {
            foreach (var (from, to) in table)
            {
                if (!Ends(from))
                    continue;
                if (Measure() > 0)
                    Put(to, _j);
                return;
            }
        }

        private void Endings()
        {
            foreach (var ending in Last)
            {
                if (!Ends(ending))
                    continue;
                if (Measure() > 1)
                    _k = _j;
                return;
            }
            if (Ends("ion") && _j >= 0 && _b[_j] is 's' or 't' && Measure() > 1)
                _k = _j;
        }

        private readonly bool Consonant(int i) => _b[i] switch
        {
            'a' or 'e' or 'i' or 'o' or 'u' => false,
            'y' => i == 0 || !Consonant(i - 1),
            _ => true,
        };

        // How many vowel–consonant sequences lie before the ending.
        private readonly int Measure()
        {
            var (n, i) = (0, 0);
            while (i <= _j && Consonant(i))
                i++;
            while (true)
            {
                while (i <= _j && !Consonant(i))
                    i++;
                if (i > _j)
                    return n;
                n++;
                while (i <= _j && Consonant(i))
                    i++;
                if (i > _j)
                    return n;
            }
        }

        private readonly bool HasVowel()
        {
            for (var i = 0; i <= _j; i++)
            {
                if (!Consonant(i))
                    return true;
            }
            return false;
        }

        private readonly bool DoubleConsonant(int i) => i > 0 && _b[i] == _b[i - 1] && Consonant(i);

        private readonly bool Cvc(int i) => i >= 2 && Consonant(i) && !Consonant(i - 1) && Consonant(i - 2) && _b[i] is not ('w' or 'x' or 'y');

        private bool Ends(string ending)
        {
            if (ending.Length > _k || !_b.AsSpan(0, _k + 1).EndsWith(ending))
                return false;
            _j = _k - ending.Length;
            return true;
        }

        private void Put(string text, int after)
        {
            text.CopyTo(_b.AsSpan(after + 1));
            _k = after + text.Length;
            _j = _k;
        }
    }
}
