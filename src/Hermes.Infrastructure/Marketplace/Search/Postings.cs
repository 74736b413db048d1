namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>The slots that have a feature, each with its weight from 0 to 255.</summary>
internal sealed class Postings
{
    private int[] _slots = new int[2];
    private byte[] _weights = new byte[2];

    /// <summary>How many slots, dead ones included until the index is filled anew.</summary>
    public int Count { get; private set; }

    /// <summary>The slots.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    /// <summary>Their weights.</summary>
    public ReadOnlySpan<byte> Weights => _weights.AsSpan(0, Count);

    /// <summary>Adds a slot.</summary>
    /// <param name="slot">Higher than all before.</param>
    /// <param name="weight">Any weight above zero; it is kept as its saturation, w / (w + 1).</param>
    public void Add(int slot, float weight)
    {
        if (Count == _slots.Length)
        {
            var capacity = Count + Math.Max(2, Count / 3);
            Array.Resize(ref _slots, capacity);
            Array.Resize(ref _weights, capacity);
        }
        _slots[Count] = slot;
        _weights[Count++] = (byte)Math.Clamp(MathF.Round(weight / (weight + 1) * 255), 1, 255);
    }
}

/// <summary>Words with their postings, and written forms that look alike.</summary>
internal sealed class Lexicon
{
    private const int ShortestKin = 6, LongestEnding = 5;
    private readonly Dictionary<string, Postings> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _forms = new(StringComparer.Ordinal);
    private readonly List<(string Form, int Letters)> _all = [];
    private readonly Dictionary<string, List<string>> _byBeginning = new(StringComparer.Ordinal);

    /// <summary>The word's postings; null when no agent has it.</summary>
    public Postings? Of(string stem) => _words.GetValueOrDefault(stem);

    /// <summary>True for a word that is known as it is written.</summary>
    public bool Knows(string form) => _forms.ContainsKey(form);

    /// <summary>Adds a word of a slot.</summary>
    public void Add(string stem, int slot, float weight)
    {
        if (!_words.TryGetValue(stem, out var postings))
        {
            _words[stem] = postings = new Postings();
            if (stem.Length >= ShortestKin)
            {
                var beginning = stem[..(ShortestKin - 1)];
                if (!_byBeginning.TryGetValue(beginning, out var own))
                    _byBeginning[beginning] = own = [];
                own.Add(stem);
            }
        }
        postings.Add(slot, weight);
    }

    /// <summary>Other words with the same root: one is the other, but for its last letter, with a longer ending ("motorcycl", "motorcyclist"). At most 4.</summary>
    public IEnumerable<Postings> Kin(string stem)
    {
        if (stem.Length < ShortestKin || !_byBeginning.TryGetValue(stem[..(ShortestKin - 1)], out var alike))
            return [];
        return alike.Where(other =>
        {
            var shorter = Math.Min(stem.Length, other.Length);
            return other != stem && Math.Abs(stem.Length - other.Length) <= LongestEnding && stem.AsSpan().CommonPrefixLength(other) >= shorter - 1;
        }).Take(4).Select(other => _words[other]);
    }

    /// <summary>The words that a compound is put together from, the last one first ("earthquake": quake, earth); empty where it doesn't fall apart into two known words.</summary>
    public IReadOnlyList<Postings> Parts(string form)
    {
        for (var at = form.Length - 4; at >= 3; at--)
        {
            if (Knows(form[..at]) && Knows(form[at..]) && Of(_forms[form[at..]]) is { } last)
                return Of(_forms[form[..at]]) is { } first ? [last, first] : [last];
        }
        return [];
    }

    /// <summary>Adds a written form, for slips of the pen and suggestions.</summary>
    public void AddForm(string form, string stem)
    {
        if (_forms.TryAdd(form, stem))
            _all.Add((form, LettersOf(form)));
    }

    /// <summary>
    /// Stems of written forms within one slip of the given one (two from eight letters on), with the same first letter: a letter wrong, missing, too much
    /// or two swapped. The nearest come first, at most <paramref name="count"/>.
    /// </summary>
    public List<(string Stem, int Slips)> Alike(string form, int count)
    {
        var most = form.Length switch { < 5 => 0, < 8 => 1, _ => 2 };
        if (most == 0)
            return [];
        var found = new List<(string Stem, int Slips, int Frequency)>();
        var letters = LettersOf(form);
        foreach (var (word, own) in _all)
        {
            if (Math.Abs(word.Length - form.Length) > most || System.Numerics.BitOperations.PopCount((uint)(own ^ letters)) > 2 * most || word.Length < 4 || word[0] != form[0])
                continue;
            var slips = Slips(form, word, most);
            if (slips <= most)
                found.Add((_forms[word], slips, Of(_forms[word])?.Count ?? 0));
        }
        return [.. found.OrderBy(f => f.Slips).ThenByDescending(f => f.Frequency).ThenBy(f => f.Stem, StringComparer.Ordinal)
            .DistinctBy(f => f.Stem).Take(count).Select(f => (f.Stem, f.Slips))];
    }

    private static int LettersOf(string word)
    {
        var letters = 0;
        foreach (var c in word)
            letters |= 1 << (c is >= 'a' and <= 'z' ? c - 'a' : 26);
        return letters;
    }

    // Damerau's distance with neighbours swapped once; more than the limit once it is passed.
    private static int Slips(string left, string right, int limit)
    {
        Span<int> before = stackalloc int[right.Length + 1];
        Span<int> last = stackalloc int[right.Length + 1];
        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
            last[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            var least = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }
            if (least > limit)
                return limit + 1;
            last.CopyTo(before);
            row.CopyTo(last);
        }
        return last[right.Length];
    }
}
