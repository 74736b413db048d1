using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>
/// Vectors of all slots, twice: as signed bytes, which are scanned whole, and as half-precision floats, by which the best of
/// the scan are scored anew.
/// </summary>
internal sealed class VectorBlock(int dimensions)
{
    // Rows are padded to whole registers; the padding is zero and adds nothing.
    private readonly int _stride = (dimensions + 63) / 64 * 64;
    private sbyte[] _codes = [];
    private float[] _scales = [];
    private Half[] _exact = [];

    /// <summary>Numbers of a vector.</summary>
    public int Dimensions => dimensions;

    /// <summary>Sets a slot's vector; a zero vector is never found.</summary>
    public void Set(int slot, ReadOnlySpan<float> vector)
    {
        Reserve(slot + 1);
        _scales[slot] = Encode(vector, _codes.AsSpan(slot * _stride, _stride));
        TensorPrimitives.ConvertToHalf(vector, _exact.AsSpan(slot * dimensions, dimensions));
    }

    /// <summary>
    /// The slots nearest to the query by cosine, best first: an exact scan of the bytes over the slots that pass, then the best
    /// four times <paramref name="count"/> scored by floats.
    /// </summary>
    /// <param name="query">Of length 1.</param>
    /// <param name="passes">One byte per slot; zero is skipped.</param>
    /// <param name="count">How many.</param>
    public (int Slot, float Cosine)[] Nearest(ReadOnlySpan<float> query, ReadOnlySpan<byte> passes, int count)
    {
        Span<sbyte> code = stackalloc sbyte[_stride];
        var scale = Encode(query, code);
        if (scale == 0 || count == 0)
            return [];
        var keep = Math.Max(50, count * 4);
        var slots = new int[keep];
        var scores = new float[keep];
        var (held, least) = (0, float.MinValue);
        var most = Math.Min(passes.Length, _scales.Length);
        for (var slot = 0; slot < most; slot++)
        {
            if (passes[slot] == 0 || _scales[slot] == 0)
                continue;
            var score = Dot(code, _codes.AsSpan(slot * _stride, _stride)) * _scales[slot];
            if (held == keep && score <= least)
                continue;
            if (held < keep)
            {
                (slots[held], scores[held++]) = (slot, score);
                if (held == keep)
                    Heapify(scores, slots);
            }
            else
            {
                (slots[0], scores[0]) = (slot, score);
                Sink(scores, slots, 0);
            }
            least = held == keep ? scores[0] : float.MinValue;
        }
        var best = new (int Slot, float Cosine)[held];
        for (var i = 0; i < held; i++)
            best[i] = (slots[i], Exact(query, slots[i]));
        Array.Sort(best, (a, b) => b.Cosine != a.Cosine ? b.Cosine.CompareTo(a.Cosine) : a.Slot.CompareTo(b.Slot));
        return best.Length > count ? best[..count] : best;
    }

    /// <summary>A slot's vector.</summary>
    public float[] Of(int slot)
    {
        var vector = new float[dimensions];
        TensorPrimitives.ConvertToSingle(_exact.AsSpan(slot * dimensions, dimensions), vector);
        return vector;
    }

    /// <summary>The cosine of a query of length 1 and a slot's vector.</summary>
    public float Exact(ReadOnlySpan<float> query, int slot)
    {
        if (slot >= _scales.Length || _scales[slot] == 0)
            return 0;
        Span<float> vector = dimensions <= 4_096 ? stackalloc float[dimensions] : new float[dimensions];
        TensorPrimitives.ConvertToSingle(_exact.AsSpan(slot * dimensions, dimensions), vector);
        return TensorPrimitives.Dot<float>(query, vector);
    }

    private void Reserve(int slots)
    {
        if (slots <= _scales.Length)
            return;
        var capacity = Math.Max(slots, Math.Max(64, _scales.Length + _scales.Length / 2));
        Array.Resize(ref _codes, capacity * _stride);
        Array.Resize(ref _scales, capacity);
        Array.Resize(ref _exact, capacity * dimensions);
    }

    private static float Encode(ReadOnlySpan<float> vector, Span<sbyte> code)
    {
        code.Clear();
        var most = 0f;
        foreach (var value in vector)
            most = Math.Max(most, Math.Abs(value));
        if (most < 1e-9f)
            return 0;
        for (var i = 0; i < vector.Length; i++)
            code[i] = (sbyte)MathF.Round(vector[i] * 127 / most);
        return most / 127;
    }

    private static int Dot(ReadOnlySpan<sbyte> left, ReadOnlySpan<sbyte> right)
    {
        ref var a = ref MemoryMarshal.GetReference(left);
        ref var b = ref MemoryMarshal.GetReference(right);
        if (Avx512BW.IsSupported)
        {
            var sum = Vector512<int>.Zero;
            for (nuint i = 0; i < (nuint)left.Length; i += 32)
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref a, i)), Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref b, i)));
            return Vector512.Sum(sum);
        }
        if (Avx2.IsSupported)
        {
            var sum = Vector256<int>.Zero;
            for (nuint i = 0; i < (nuint)left.Length; i += 16)
                sum += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref a, i)), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref b, i)));
            return Vector256.Sum(sum);
        }
        var total = 0;
        for (var i = 0; i < left.Length; i++)
            total += left[i] * right[i];
        return total;
    }

    private static void Heapify(float[] scores, int[] slots)
    {
        for (var i = scores.Length / 2 - 1; i >= 0; i--)
            Sink(scores, slots, i);
    }

    // The least score is at the top, so that it is the one replaced.
    private static void Sink(float[] scores, int[] slots, int at)
    {
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= scores.Length)
                return;
            if (child + 1 < scores.Length && scores[child + 1] < scores[child])
                child++;
            if (scores[at] <= scores[child])
                return;
            (scores[at], scores[child]) = (scores[child], scores[at]);
            (slots[at], slots[child]) = (slots[child], slots[at]);
            at = child;
        }
    }
}
