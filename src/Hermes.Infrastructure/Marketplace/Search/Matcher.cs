using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

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
/// something by itself and a query without a right answer finds nothing. Slots are read block by block, so that all sums of a
/// block stay in the processor's nearest memory. A model's vectors are all compared, so that an agent is found by meaning alone;
/// others only where they could still bring a slot among the best.
/// </summary>
internal sealed class Matcher
{
    /// <summary>Matches below this relevance are not shown.</summary>
    public const float Least = 0.34f;

    private const float LeastSpecific = 0.25f;
    // Who covers less can't reach the least relevance, however near its vector is.
    private const float LeastCovered = 0.05f;
    private const float ByCover = 0.7f, ByCosine = 0.3f;
    private const int K = 60;
    private const int Fused = 300, Remeasured = 50;
    private const int Block = 2_048;
    private readonly float[] _unit = new float[Block];
    private readonly float[] _lexical = new float[Block];
    private readonly float[] _covered = new float[Block];
    private readonly float[] _specific = new float[Block];
    private readonly int[] _reaching = new int[Block];
    private readonly Match[] _best = new Match[Fused];
    private int _held;

    /// <summary>Slots that meet the query, best first.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="passes">One byte per slot; zero is left out.</param>
    /// <param name="vectors">All slots' vectors.</param>
    /// <param name="probe">The query's vector; a scale of 0 for none.</param>
    public List<Match> Rank(Query query, ReadOnlySpan<byte> passes, VectorBlock vectors, in Probe probe)
    {
        var total = query.Units.Sum(u => u.Weight);
        if (total <= 0 && !probe.FindsAlone)
            return [];
        // Who meets nothing but "design" and "help" of a query for a logo has nothing to do with it.
        var specific = query.Units.Where(u => !u.IsGeneral).Sum(u => u.Weight) * LeastSpecific;
        var places = query.Units.Select(u => new int[u.Words.Count + u.Concepts.Count]).ToArray();
        _held = 0;
        for (var from = 0; from < passes.Length; from += Block)
        {
            var open = passes.Slice(from, Math.Min(Block, passes.Length - from));
            if (open.ContainsAnyExcept((byte)0) && (Add(query, places, from, open.Length) || probe.FindsAlone))
                Take(open, from, total, specific, vectors, probe);
        }
        return Fuse(Measured(vectors, probe));
    }

    // Sums up what the slots of a block cover; false when they cover nothing.
    private bool Add(Query query, int[][] places, int from, int length)
    {
        var lexical = _lexical.AsSpan(0, length);
        var covered = _covered.AsSpan(0, length);
        var specific = _specific.AsSpan(0, length);
        var met = _unit.AsSpan(0, length);
        lexical.Clear();
        covered.Clear();
        specific.Clear();
        var any = false;
        for (var u = 0; u < query.Units.Count; u++)
        {
            var unit = query.Units[u];
            var place = 0;
            var touched = false;
            foreach (var (postings, strength) in unit.Words)
                touched |= Raise(postings.Packed, strength, ref places[u][place++], from, met);
            if (touched)
                TensorPrimitives.MultiplyAdd(met, unit.Weight, lexical, lexical);
            foreach (var (postings, strength) in unit.Concepts)
                touched |= Raise(postings.Packed, strength, ref places[u][place++], from, met);
            if (!touched)
                continue;
            TensorPrimitives.MultiplyAdd(met, unit.Weight, covered, covered);
            if (!unit.IsGeneral)
                TensorPrimitives.MultiplyAdd(met, unit.Weight, specific, specific);
            met.Clear();
            any = true;
        }
        return any;
    }

    // The strongest sign of a unit counts, not their sum.
    private static bool Raise(ReadOnlySpan<uint> packed, float strength, ref int place, int from, Span<float> met)
    {
        var first = (uint)from << 8;
        var end = (uint)(from + met.Length) << 8;
        var at = place;
        if (at < packed.Length && packed[at] < first)
            at = Seek(packed, at, first);
        var begun = at;
        ReadOnlySpan<float> curve = Curve;
        while (at < packed.Length && packed[at] < end)
        {
            var one = packed[at++];
            ref var best = ref met[(int)(one >> 8) - from];
            best = float.MaxNative(best, strength * curve[(int)(one & 255)]);
        }
        place = at;
        return at > begun;
    }

    // Blocks without an open slot are passed over.
    private static int Seek(ReadOnlySpan<uint> packed, int low, uint first)
    {
        var high = packed.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (packed[middle] < first)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Take(ReadOnlySpan<byte> open, int from, float total, float specific, VectorBlock vectors, in Probe probe)
    {
        var hasVector = probe.Scale > 0;
        var least = LeastSum(total);
        foreach (var i in Reaching(open, probe.FindsAlone ? float.NegativeInfinity : least))
        {
            var sum = _covered[i];
            var meets = sum >= least && sum > 0 && _specific[i] >= specific;
            if (!meets && !probe.FindsAlone)
                continue;
            var covered = meets ? sum / total : 0;
            var semantic = Semantic(covered, hasVector ? vectors.Cosine(probe, from + i, LeastCosine(covered, probe)) : 0, probe);
            if (semantic <= Worst)
                continue;
            Keep(new Match(from + i, covered, meets ? _lexical[i] / total : 0, semantic));
            least = LeastSum(total);
        }
    }

    // Open slots of a block that cover at least so much.
    private ReadOnlySpan<int> Reaching(ReadOnlySpan<byte> open, float least)
    {
        var count = 0;
        for (var at = 0; at < open.Length; at += Vector256<float>.Count)
        {
            var reach = Vector256.GreaterThanOrEqual(Vector256.Create(_covered, at), Vector256.Create(least)).ExtractMostSignificantBits();
            for (; reach != 0; reach &= reach - 1)
            {
                var slot = at + BitOperations.TrailingZeroCount(reach);
                if (slot < open.Length && open[slot] != 0)
                    _reaching[count++] = slot;
            }
        }
        return _reaching.AsSpan(0, count);
    }

    private float Worst => _held < Fused ? 0 : _best[0].Semantic;

    // The cosine that who covers so much needs to come before the worst of those that are kept.
    private float LeastCosine(float covered, in Probe probe)
    {
        if (_held < Fused)
            return float.NegativeInfinity;
        var near = (Worst - ByCover * covered) / ByCosine;
        return probe.Ordinary + (1 - probe.Ordinary) * (probe.FindsAlone ? Math.Min(near, Worst) : near) - 1e-5f;
    }

    private static float Semantic(float covered, float cosine, in Probe probe)
    {
        var near = Math.Clamp((cosine - probe.Ordinary) / (1 - probe.Ordinary), 0, 1);
        return Math.Min(1, Math.Max(probe.FindsAlone ? near : 0, ByCover * covered + ByCosine * near));
    }

    // Those kept, the best first; the vectors of the first of them are measured exactly. Their relevance is what they cover until they are fused.
    private List<Match> Measured(VectorBlock vectors, in Probe probe)
    {
        var kept = _best.AsSpan(0, _held);
        kept.Sort(static (a, b) => b.Semantic.CompareTo(a.Semantic));
        for (var i = 0; probe.Scale > 0 && i < Math.Min(kept.Length, Remeasured); i++)
            kept[i] = kept[i] with { Semantic = Semantic(kept[i].Relevance, vectors.Exactly(probe, kept[i].Slot), probe) };
        return [.. kept];
    }

    // What a slot must cover to be kept, if its vector were the very same.
    private float LeastSum(float total) => Math.Max(LeastCovered, _held < Fused ? 0 : (Worst - ByCosine) / ByCover - 1e-6f) * total;

    // A heap with the worst at its top, so that it is the one replaced.
    private void Keep(Match match)
    {
        if (_held < Fused)
        {
            var at = _held++;
            for (; at > 0 && _best[(at - 1) / 2].Semantic > match.Semantic; at = (at - 1) / 2)
                _best[at] = _best[(at - 1) / 2];
            _best[at] = match;
            return;
        }
        var hole = 0;
        while (2 * hole + 1 is var child && child < Fused)
        {
            if (child + 1 < Fused && _best[child + 1].Semantic < _best[child].Semantic)
                child++;
            if (match.Semantic <= _best[child].Semantic)
                break;
            _best[hole] = _best[child];
            hole = child;
        }
        _best[hole] = match;
    }

    private static List<Match> Fuse(List<Match> candidates)
    {
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

    // A word that is said once in a long description counts half, one in the name nearly full.
    private static readonly float[] Curve = [.. Enumerable.Range(0, 256).Select(w => Math.Min(1f, 0.3f + 0.7f * (w / 255f) / 0.75f))];
}
