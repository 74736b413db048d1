namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>The slots that have a feature, in growing order, each with its weight from 0 to 255: 24 bits and 8 bits of one number.</summary>
internal sealed class Postings
{
    /// <summary>Slots that an index can hold.</summary>
    public const int MostSlots = 1 << 24;

    private uint[] _packed = new uint[2];

    /// <summary>Without slots.</summary>
    public Postings()
    {
    }

    /// <summary>With one slot.</summary>
    public Postings(uint first) => Add(first);

    /// <summary>How many slots, dead ones included until the index is filled anew.</summary>
    public int Count { get; private set; }

    /// <summary>Slot × 256 + weight.</summary>
    public ReadOnlySpan<uint> Packed => _packed.AsSpan(0, Count);

    /// <summary>A slot with its weight.</summary>
    /// <param name="slot">Below <see cref="MostSlots"/>.</param>
    /// <param name="weight">Any weight above zero; it is kept as its saturation, w / (w + 1).</param>
    public static uint Pack(int slot, float weight) => (uint)slot << 8 | (uint)Math.Clamp(MathF.Round(weight / (weight + 1) * 255), 1, 255);

    /// <summary>Adds a slot, higher than all before.</summary>
    public void Add(uint packed)
    {
        if (Count == _packed.Length)
            Array.Resize(ref _packed, Count + Math.Max(2, Count / 4));
        _packed[Count++] = packed;
    }

    /// <summary>Gives back what was reserved for more.</summary>
    public void Trim()
    {
        if (_packed.Length > Count + Count / 16 + 1)
            Array.Resize(ref _packed, Math.Max(1, Count));
    }
}

/// <summary>
/// Words with their postings, and written forms that look alike. Every word is kept once, in one block of bytes, and known by a
/// number; a word that one agent alone has costs no object.
/// </summary>
internal sealed class Lexicon
{
    private const int ShortestKin = 6, LongestEnding = 5, None = -1;
    private readonly TermTable _terms = new();
    private readonly List<int> _forms = [];
    private readonly Dictionary<ulong, (int First, int Last)> _byBeginning = [];
    private uint[] _single = [];
    private Postings?[] _many = [];
    private int[] _stemOf = [];
    private int[] _letters = [];
    private int[] _nextKin = [];

    /// <summary>The word's postings; null when no agent has it.</summary>
    public Postings? Of(string stem) => _terms.Find(stem) is var term and not None ? OfTerm(term) : null;

    /// <summary>True for a word that is known as it is written.</summary>
    public bool Knows(ReadOnlySpan<char> form) => _terms.Find(form) is var term and not None && _stemOf[term] != None;

    /// <summary>Adds a word of a slot.</summary>
    public void Add(string stem, int slot, float weight)
    {
        var term = Term(stem);
        var packed = Postings.Pack(slot, weight);
        if (_many[term] is { } postings)
        {
            postings.Add(packed);
        }
        else if (_single[term] != 0)
        {
            _many[term] = postings = new Postings(_single[term]);
            postings.Add(packed);
        }
        else
        {
            _single[term] = packed;
            AddKin(stem, term);
        }
    }

    /// <summary>Gives back what was reserved for more.</summary>
    public void Trim()
    {
        foreach (var postings in _many)
            postings?.Trim();
    }

    /// <summary>Other words with the same root: one is the other, but for its last letter, with a longer ending ("motorcycl", "motorcyclist"). At most 4.</summary>
    public IEnumerable<Postings> Kin(string stem)
    {
        if (!HasKin(stem) || !_byBeginning.TryGetValue(Beginning(stem), out var chain))
            yield break;
        var found = 0;
        for (var term = chain.First; term != None && found < 4; term = _nextKin[term])
        {
            var other = _terms.Text(term);
            var shorter = Math.Min(stem.Length, other.Length);
            if (other == stem || Math.Abs(stem.Length - other.Length) > LongestEnding || stem.AsSpan().CommonPrefixLength(other) < shorter - 1)
                continue;
            found++;
            yield return OfTerm(term)!;
        }
    }

    /// <summary>The words that a compound is put together from, the last one first ("earthquake": quake, earth); empty where it doesn't fall apart into two known words.</summary>
    public IReadOnlyList<Postings> Parts(string form)
    {
        for (var at = form.Length - 4; at >= 3; at--)
        {
            if (OfForm(form.AsSpan(0, at)) is var (knowsFirst, first) && knowsFirst && OfForm(form.AsSpan(at)) is (true, { } last))
                return first is not null ? [last, first] : [last];
        }
        return [];
    }

    /// <summary>Adds a written form, for slips of the pen. Numbers have none: one that is a digit away from another is another.</summary>
    public void AddForm(string form, string stem)
    {
        if (char.IsDigit(form[0]))
            return;
        var term = Term(form);
        if (_stemOf[term] != None)
            return;
        var own = Term(stem);
        _stemOf[term] = own;
        _letters[term] = LettersOf(form);
        _forms.Add(term);
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
        foreach (var term in _forms)
        {
            var length = _terms.Length(term);
            if (Math.Abs(length - form.Length) > most + 2 || System.Numerics.BitOperations.PopCount((uint)(_letters[term] ^ letters)) > 2 * most || length < 4)
                continue;
            var word = _terms.Text(term);
            if (Math.Abs(word.Length - form.Length) > most || word.Length < 4 || word[0] != form[0])
                continue;
            var slips = Slips(form, word, most);
            if (slips <= most)
                found.Add((_terms.Text(_stemOf[term]), slips, CountOf(_stemOf[term])));
        }
        return [.. found.OrderBy(f => f.Slips).ThenByDescending(f => f.Frequency).ThenBy(f => f.Stem, StringComparer.Ordinal)
            .DistinctBy(f => f.Stem).Take(count).Select(f => (f.Stem, f.Slips))];
    }

    private Postings? OfTerm(int term) => _many[term] ?? (_single[term] != 0 ? new Postings(_single[term]) : null);

    private int CountOf(int term) => _many[term]?.Count ?? (_single[term] != 0 ? 1 : 0);

    private (bool Known, Postings? Postings) OfForm(ReadOnlySpan<char> form) =>
        _terms.Find(form) is var term and not None && _stemOf[term] is var stem and not None ? (true, OfTerm(stem)) : (false, null);

    private int Term(string text)
    {
        var term = _terms.Add(text);
        if (term >= _single.Length)
        {
            var capacity = Math.Max(4_096, term + term / 4);
            Array.Resize(ref _single, capacity);
            Array.Resize(ref _many, capacity);
            var from = _stemOf.Length;
            Array.Resize(ref _stemOf, capacity);
            Array.Resize(ref _nextKin, capacity);
            Array.Resize(ref _letters, capacity);
            _stemOf.AsSpan(from).Fill(None);
            _nextKin.AsSpan(from).Fill(None);
        }
        return term;
    }

    private void AddKin(string stem, int term)
    {
        if (!HasKin(stem))
            return;
        var beginning = Beginning(stem);
        if (_byBeginning.TryGetValue(beginning, out var chain))
        {
            _nextKin[chain.Last] = term;
            _byBeginning[beginning] = (chain.First, term);
        }
        else
        {
            _byBeginning[beginning] = (term, term);
        }
    }

    // "planner7" and "planner8" are no kin of "planner".
    private static bool HasKin(string stem) => stem.Length >= ShortestKin && !stem.AsSpan().ContainsAnyInRange('0', '9');

    // Five letters by their hash: who is met is compared letter by letter.
    private static ulong Beginning(string stem)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in stem.AsSpan(0, ShortestKin - 1))
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
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
