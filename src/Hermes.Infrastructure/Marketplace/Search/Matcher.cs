namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>How well a slot meets a query.</summary>
/// <param name="Slot">Which.</param>
/// <param name="Relevance">0–1: how much of what is asked it covers, by words, concepts and vector together.</param>
/// <param name="Lexical">0–1: by its words alone.</param>
/// <param name="Semantic">0–1: by meaning.</param>
internal readonly record struct Match(int Slot, float Relevance, float Lexical, float Semantic);

/// <summary>
/// Ranks slots for a query. Two rankings, by words (BM25's form, per field) and by meaning (concepts and the vector's cosine),
/// are fused by their reciprocal ranks; the fusion scales the share of the query that a slot covers, so that a score says
/// something by itself and a query without a right answer finds nothing.
/// </summary>
internal sealed class Matcher
{
    /// <summary>Matches below this relevance are not shown.</summary>
    public const float Least = 0.32f;

    private const float LeastSpecific = 0.25f;
    private const int K = 60;
    private const int Fused = 300;
    private float[] _lexical = [];
    private float[] _covered = [];
    private float[] _specific = [];
    private bool[] _seen = [];
    private float[] _unit = [];
    private readonly List<int> _touched = [];
    private readonly List<int> _ofUnit = [];

    /// <summary>Slots that meet the query, best first.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="passes">One byte per slot; zero is left out.</param>
    /// <param name="nearest">The vector scan's best.</param>
    /// <param name="cosineOf">The exact cosine of a slot.</param>
    public List<Match> Rank(Query query, ReadOnlySpan<byte> passes, (int Slot, float Cosine)[] nearest, Func<int, float> cosineOf)
    {
        Reserve(passes.Length);
        var total = query.Units.Sum(u => u.Weight);
        if (total <= 0)
            return [];
        foreach (var unit in query.Units)
            AddUnit(unit, passes);
        // Who meets nothing but "design" and "help" of a query for a logo has nothing to do with it.
        var specific = query.Units.Where(u => !u.IsGeneral).Sum(u => u.Weight) * LeastSpecific;
        var least = LeastCovered(total);
        var candidates = new List<Match>(Fused);
        foreach (var slot in _touched)
        {
            var covered = _covered[slot] / total;
            if (covered >= least && _specific[slot] >= specific && candidates.Count < 2 * Fused)
                candidates.Add(new Match(slot, covered, _lexical[slot] / total, 0));
        }
        foreach (var (slot, _) in nearest)
        {
            if (_covered[slot] / total < least && _specific[slot] >= specific)
                candidates.Add(new Match(slot, _covered[slot] / total, _lexical[slot] / total, 0));
        }
        Clear();
        return Fuse(candidates, cosineOf);
    }

    // What the best few hundred cover at least: counted into steps, because sorting all that share a common word takes long.
    private float LeastCovered(float total)
    {
        Span<int> steps = stackalloc int[256];
        foreach (var slot in _touched)
            steps[(int)Math.Clamp(_covered[slot] / total * 255, 0, 255)]++;
        var (above, step) = (0, 255);
        while (step > 0 && above + steps[step] < Fused)
            above += steps[step--];
        return Math.Max(0.15f, step / 255f);
    }

    private static List<Match> Fuse(List<Match> candidates, Func<int, float> cosineOf)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            var cosine = Math.Clamp(cosineOf(candidates[i].Slot), 0, 1);
            candidates[i] = candidates[i] with { Semantic = Math.Clamp(0.7f * candidates[i].Relevance + 0.3f * cosine, 0, 1) };
        }
        var byWords = Ranks(candidates, m => m.Lexical);
        var byMeaning = Ranks(candidates, m => m.Semantic);
        var anyWords = candidates.Count > 0 ? candidates.Max(m => m.Lexical) : 0;
        // A ranking weighs as much as its best match is worth.
        var share = 0.5f * anyWords / Math.Max(1e-6f, anyWords + (candidates.Count > 0 ? candidates.Max(m => m.Semantic) : 0));
        for (var i = 0; i < candidates.Count; i++)
        {
            var match = candidates[i];
            var fused = (K + 1) * (share / (K + byWords[i]) + (1 - share) / (K + byMeaning[i]));
            var met = 0.85f * match.Semantic + 0.15f * Math.Max(match.Lexical, 0.7f * match.Semantic);
            candidates[i] = match with { Relevance = Math.Clamp(met * (0.7f + 0.3f * fused), 0, 1) };
        }
        candidates.RemoveAll(m => m.Relevance < Least);
        candidates.Sort((a, b) => b.Relevance != a.Relevance ? b.Relevance.CompareTo(a.Relevance) : a.Slot.CompareTo(b.Slot));
        return candidates;
    }

    private static int[] Ranks(List<Match> matches, Func<Match, float> by)
    {
        var order = Enumerable.Range(0, matches.Count).ToArray();
        var keys = order.Select(i => -by(matches[i])).ToArray();
        Array.Sort(keys, order);
        var ranks = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            ranks[order[i]] = i > 0 && keys[i] == keys[i - 1] ? ranks[order[i - 1]] : i + 1;
        return ranks;
    }

    private void AddUnit(QueryUnit unit, ReadOnlySpan<byte> passes)
    {
        foreach (var (postings, strength) in unit.Words)
            Raise(postings, strength, passes);
        foreach (var slot in _ofUnit)
            _lexical[slot] += unit.Weight * _unit[slot];
        foreach (var (postings, strength) in unit.Concepts)
            Raise(postings, strength, passes);
        foreach (var slot in _ofUnit)
        {
            Touch(slot);
            _covered[slot] += unit.Weight * _unit[slot];
            if (!unit.IsGeneral)
                _specific[slot] += unit.Weight * _unit[slot];
            _unit[slot] = 0;
        }
        _ofUnit.Clear();
    }

    private void Raise(Postings postings, float strength, ReadOnlySpan<byte> passes)
    {
        var slots = postings.Slots;
        var weights = postings.Weights;
        for (var i = 0; i < slots.Length; i++)
        {
            var slot = slots[i];
            if (passes[slot] == 0)
                continue;
            var met = strength * Curve[weights[i]];
            ref var best = ref _unit[slot];
            if (best == 0)
                _ofUnit.Add(slot);
            if (met > best)
                best = met;
        }
    }

    // A word that is said once in a long description counts half, one in the name nearly full.
    private static readonly float[] Curve = [.. Enumerable.Range(0, 256).Select(w => Math.Min(1f, 0.3f + 0.7f * (w / 255f) / 0.75f))];

    private void Touch(int slot)
    {
        if (_seen[slot])
            return;
        _seen[slot] = true;
        _touched.Add(slot);
    }

    private void Clear()
    {
        foreach (var slot in _touched)
        {
            _lexical[slot] = _covered[slot] = _specific[slot] = 0;
            _seen[slot] = false;
        }
        _touched.Clear();
    }

    private void Reserve(int slots)
    {
        if (_unit.Length >= slots)
            return;
        var capacity = slots + slots / 4 + 64;
        (_lexical, _covered, _specific, _seen, _unit) = (new float[capacity], new float[capacity], new float[capacity], new bool[capacity], new float[capacity]);
    }
}
