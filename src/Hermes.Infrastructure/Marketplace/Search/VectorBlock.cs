using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>A query's vector as the scan takes it: numbers of 16 bits, which lose nothing that could be seen.</summary>
/// <param name="Code">Padded like the rows.</param>
/// <param name="Scale">What a unit of the code is worth; 0 for a vector of zeros.</param>
internal readonly record struct Probe(short[] Code, float Scale)
{
    /// <summary>The cosine that the query has with texts that have nothing to do with it, 0–1: what of a cosine lies above it is nearness.</summary>
    public float Ordinary { get; init; }

    /// <summary>The length of what lies behind the vector's head, 0–1.</summary>
    public float Tail { get; init; }

    /// <summary>True where nearness alone finds a slot that meets none of the query's words and concepts.</summary>
    public bool FindsAlone { get; init; }
}

/// <summary>
/// Vectors of all slots as signed bytes with one scale each, in chunks that are never moved, and apart from them what the rounding lost, in four bits
/// a number: a scan reads the bytes alone, and the few that it finds are measured again with the rest.
/// </summary>
internal sealed class VectorBlock(int dimensions)
{
    private const int Chunk = 2_048;
    private const int Sample = 256, Few = 10;

    // Rows are padded to whole registers; the padding is zero and adds nothing.
    private readonly int _stride = (dimensions + 31) / 32 * 32;
    private readonly List<sbyte[]> _codes = [];
    private readonly List<byte[]> _rests = [];
    private readonly List<float[]> _scales = [];

    // A scan reads a row's head first: with the lengths of both tails it tells how large the cosine can be at most.
    private readonly int _head = Math.Max(32, dimensions / 3 / 32 * 32);
    private readonly List<float[]> _tails = [];

    /// <summary>Numbers of a vector.</summary>
    public int Dimensions => dimensions;

    /// <summary>Sets a slot's vector; a zero vector is never found.</summary>
    public void Set(int slot, ReadOnlySpan<float> vector)
    {
        Reserve(slot);
        var code = _codes[slot / Chunk].AsSpan(slot % Chunk * _stride, _stride);
        var most = Most(vector);
        _scales[slot / Chunk][slot % Chunk] = most / 127;
        code.Clear();
        var rest = _rests[slot / Chunk].AsSpan(slot % Chunk * _stride / 2, _stride / 2);
        rest.Clear();
        for (var i = 0; most > 0 && i < vector.Length; i++)
        {
            var number = vector[i] * 127 / most;
            code[i] = (sbyte)MathF.Round(number);
            // −½ to ½ as 0 to 15: each stands for the middle of its sixteenth.
            rest[i / 2] |= (byte)(Math.Clamp((int)((number - code[i] + 0.5f) * 16), 0, 15) << (i % 2 * 4));
        }
        _tails[slot / Chunk][slot % Chunk] = Length(code[_head..]) * most / 127;
    }

    /// <summary>Gives a slot the vector of another.</summary>
    public void Copy(int from, int to)
    {
        Reserve(to);
        _codes[from / Chunk].AsSpan(from % Chunk * _stride, _stride).CopyTo(_codes[to / Chunk].AsSpan(to % Chunk * _stride, _stride));
        _rests[from / Chunk].AsSpan(from % Chunk * _stride / 2, _stride / 2).CopyTo(_rests[to / Chunk].AsSpan(to % Chunk * _stride / 2, _stride / 2));
        _scales[to / Chunk][to % Chunk] = _scales[from / Chunk][from % Chunk];
        _tails[to / Chunk][to % Chunk] = _tails[from / Chunk][from % Chunk];
    }

    /// <summary>Prepares a query.</summary>
    /// <param name="query">Of length 1.</param>
    public Probe Prepare(ReadOnlySpan<float> query)
    {
        var code = new short[_stride];
        var most = Most(query);
        // The sum of all products must fit into 32 bits.
        var finest = Math.Min(32_000, int.MaxValue / (_stride * 127) - 1);
        for (var i = 0; most > 0 && i < query.Length; i++)
            code[i] = (short)MathF.Round(query[i] * finest / most);
        return new Probe(code, most / finest) { Tail = Length<short>(code.AsSpan(_head)) * most / finest };
    }

    /// <summary>The cosine of a query and a slot's vector with what the rounding lost: for a few slots, not for a scan.</summary>
    public float Exactly(in Probe query, int slot)
    {
        if (slot >= _codes.Count * Chunk)
            return 0;
        var sum = 0f;
        var vector = Of(slot);
        for (var i = 0; i < vector.Length; i++)
            sum += query.Code[i] * vector[i];
        return sum * query.Scale;
    }

    /// <summary>The cosine of a query and a slot's vector, by the bytes alone; some number below the least where it doesn't reach that.</summary>
    public float Cosine(in Probe query, int slot, float least = float.NegativeInfinity)
    {
        if (slot >= _codes.Count * Chunk)
            return 0;
        var scale = _scales[slot / Chunk][slot % Chunk] * query.Scale;
        var code = _codes[slot / Chunk].AsSpan(slot % Chunk * _stride, _stride);
        var head = Dot(query.Code.AsSpan(0, _head), code[.._head]) * scale;
        var most = head + query.Tail * _tails[slot / Chunk][slot % Chunk];
        return most < least ? most : head + Dot(query.Code.AsSpan(_head), code[_head..]) * scale;
    }

    /// <summary>What a query's cosine is on average over a sample of all slots, whatever they are about; nearer to 0 where there are few.</summary>
    public float Ordinary(in Probe query, int slots)
    {
        var (sum, count) = (0f, 0);
        for (var slot = 0; slot < slots; slot += slots / Sample + 1)
        {
            if (_scales[slot / Chunk][slot % Chunk] == 0)
                continue;
            sum += Cosine(query, slot);
            count++;
        }
        return Math.Clamp(sum / (count + Few), 0, 0.99f);
    }

    /// <summary>The slots nearest to the query by cosine, best first: a scan of all that pass.</summary>
    /// <param name="query">Of length 1.</param>
    /// <param name="passes">One byte per slot; zero is skipped.</param>
    /// <param name="count">How many.</param>
    public (int Slot, float Cosine)[] Nearest(ReadOnlySpan<float> query, ReadOnlySpan<byte> passes, int count)
    {
        var probe = Prepare(query);
        if (probe.Scale == 0 || count == 0)
            return [];
        var best = new PriorityQueue<int, float>(count + 1);
        var most = Math.Min(passes.Length, _codes.Count * Chunk);
        for (var slot = 0; slot < most; slot++)
        {
            if (passes[slot] == 0 || _scales[slot / Chunk][slot % Chunk] == 0)
                continue;
            var cosine = Cosine(probe, slot);
            if (best.Count < count)
                best.Enqueue(slot, cosine);
            else
                best.EnqueueDequeue(slot, cosine);
        }
        var found = new (int Slot, float Cosine)[best.Count];
        for (var i = 0; best.TryDequeue(out var slot, out var cosine); i++)
            found[i] = (slot, cosine);
        Array.Sort(found, (a, b) => b.Cosine != a.Cosine ? b.Cosine.CompareTo(a.Cosine) : a.Slot.CompareTo(b.Slot));
        return found;
    }

    /// <summary>A slot's vector, as exact as it is kept.</summary>
    public float[] Of(int slot)
    {
        var vector = new float[dimensions];
        var code = _codes[slot / Chunk].AsSpan(slot % Chunk * _stride, dimensions);
        var rest = _rests[slot / Chunk].AsSpan(slot % Chunk * _stride / 2, _stride / 2);
        var scale = _scales[slot / Chunk][slot % Chunk];
        for (var i = 0; i < dimensions; i++)
            vector[i] = (code[i] + ((rest[i / 2] >> (i % 2 * 4) & 15) - 7.5f) / 16) * scale;
        return vector;
    }

    private void Reserve(int slot)
    {
        while (slot >= _codes.Count * Chunk)
        {
            _codes.Add(new sbyte[Chunk * _stride]);
            _rests.Add(new byte[Chunk * _stride / 2]);
            _scales.Add(new float[Chunk]);
            _tails.Add(new float[Chunk]);
        }
    }

    private static float Length<T>(ReadOnlySpan<T> numbers)
        where T : INumber<T>
    {
        var sum = 0.0;
        foreach (var number in numbers)
            sum += double.CreateChecked(number) * double.CreateChecked(number);
        return (float)Math.Sqrt(sum);
    }

    private static float Most(ReadOnlySpan<float> vector)
    {
        var most = vector.IsEmpty ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(vector));
        return most < 1e-9f ? 0 : most;
    }

    private static int Dot(ReadOnlySpan<short> left, ReadOnlySpan<sbyte> right)
    {
        ref var a = ref MemoryMarshal.GetReference(left);
        ref var b = ref MemoryMarshal.GetReference(right);
        if (Avx512BW.IsSupported)
        {
            var sum = Vector512<int>.Zero;
            for (nuint i = 0; i < (nuint)left.Length; i += 32)
                sum += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref a, i), Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref b, i)));
            return Vector512.Sum(sum);
        }
        if (Avx2.IsSupported)
        {
            var sum = Vector256<int>.Zero;
            for (nuint i = 0; i < (nuint)left.Length; i += 16)
                sum += Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref a, i), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref b, i)));
            return Vector256.Sum(sum);
        }
        var total = 0;
        for (var i = 0; i < left.Length; i++)
            total += left[i] * right[i];
        return total;
    }
}
