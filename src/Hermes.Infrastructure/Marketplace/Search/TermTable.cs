using System.Text;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>Texts by number, each kept once: their bytes lie one after another in one block, found by an open hash table.</summary>
internal sealed class TermTable
{
    private const int LongestTerm = 512;
    private byte[] _bytes = new byte[4_096];
    private int[] _ends = new int[1_024];
    private int[] _places = new int[2_048];

    /// <summary>How many there are; their numbers are those below it.</summary>
    public int Count { get; private set; }

    /// <summary>The text's number, or -1.</summary>
    public int Find(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[LongestTerm];
        bytes = bytes[..Encode(text, bytes)];
        return _places[Place(bytes)] - 1;
    }

    /// <summary>The text's number; a new one when it is not there yet.</summary>
    public int Add(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[LongestTerm];
        bytes = bytes[..Encode(text, bytes)];
        var place = Place(bytes);
        if (_places[place] != 0)
            return _places[place] - 1;
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (start + bytes.Length > _bytes.Length)
            Array.Resize(ref _bytes, start + bytes.Length + _bytes.Length / 4);
        if (Count == _ends.Length)
            Array.Resize(ref _ends, Count + Count / 4);
        bytes.CopyTo(_bytes.AsSpan(start));
        _ends[Count++] = start + bytes.Length;
        _places[place] = Count;
        if (Count * 3 > _places.Length * 2)
            Spread();
        return Count - 1;
    }

    /// <summary>A number's text.</summary>
    public string Text(int term) => Encoding.UTF8.GetString(Bytes(term));

    /// <summary>Bytes of a number's text: its letters, where all are plain.</summary>
    public int Length(int term) => Bytes(term).Length;

    private ReadOnlySpan<byte> Bytes(int term)
    {
        var start = term == 0 ? 0 : _ends[term - 1];
        return _bytes.AsSpan(start, _ends[term] - start);
    }

    // Where the text is, or where it would be.
    private int Place(ReadOnlySpan<byte> bytes)
    {
        var mask = _places.Length - 1;
        var place = (int)Hash(bytes) & mask;
        while (_places[place] is var held and not 0 && !Bytes(held - 1).SequenceEqual(bytes))
            place = (place + 1) & mask;
        return place;
    }

    private void Spread()
    {
        _places = new int[_places.Length * 2];
        for (var term = 0; term < Count; term++)
            _places[Place(Bytes(term))] = term + 1;
    }

    // A word is at most 40 letters, two joined at most 24 more: what is longer is cut.
    private static int Encode(ReadOnlySpan<char> text, Span<byte> into) => Encoding.UTF8.GetBytes(text.Length > LongestTerm / 4 ? text[..(LongestTerm / 4)] : text, into);

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var b in bytes)
            hash = (hash ^ b) * 16777619u;
        hash ^= hash >> 15;
        hash *= 0x85EBCA6B;
        return hash ^ hash >> 13;
    }
}
