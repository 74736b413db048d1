using System.Collections.Concurrent;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>
/// Texts of agents by slot: words, concepts and vectors. Slots only grow; a changed agent takes a new one, and the owner of the
/// index fills it anew when too many are dead. Not safe for writers beside readers: the owner locks, but not for
/// <see cref="VectorOf"/>.
/// </summary>
internal sealed class TextIndex
{
    private readonly Thesaurus _thesaurus;
    private readonly FeatureReader _reader;
    private readonly Lexicon _lexicon = new();
    private readonly Postings[] _concepts;
    private readonly VectorBlock _vectors;
    private readonly BuiltInEmbedder _embedder;
    private readonly bool _ofModel;
    private readonly ConcurrentBag<Matcher> _matchers = [];

    /// <summary>An empty index.</summary>
    /// <param name="thesaurus">What words mean.</param>
    /// <param name="embedder">Fitted to the texts that will come; its vectors are used where no model's are given.</param>
    /// <param name="ofModel">Numbers of a model's vector; null for the built-in embedder's vectors.</param>
    public TextIndex(Thesaurus thesaurus, BuiltInEmbedder embedder, int? ofModel = null)
    {
        (_thesaurus, _embedder, _ofModel) = (thesaurus, embedder, ofModel is not null);
        _reader = new FeatureReader(thesaurus);
        _concepts = [.. thesaurus.Concepts.Select(_ => new Postings())];
        _vectors = new VectorBlock(ofModel ?? BuiltInEmbedder.Dimensions);
        foreach (var word in thesaurus.Words)
            _lexicon.AddForm(word, TextReader.Of(word).Stem);
    }

    /// <summary>Slots in use, dead ones included.</summary>
    public int Slots { get; private set; }

    /// <summary>Puts a text into a new slot.</summary>
    /// <param name="features">What it is made of.</param>
    /// <param name="vector">A model's vector of length 1; null for the built-in embedder's, or for none while a model's is awaited.</param>
    public int Add(Features features, float[]? vector = null)
    {
        var slot = Slots < Postings.MostSlots ? Slots++ : throw new InvalidOperationException("The search index is full.");
        foreach (var (word, weight) in features.Words)
            _lexicon.Add(word, slot, weight);
        foreach (var (form, stem) in features.Forms)
            _lexicon.AddForm(form, stem);
        foreach (var (concept, weight) in features.Concepts)
            _concepts[concept].Add(Postings.Pack(slot, weight));
        _vectors.Set(slot, vector ?? VectorOf(features) ?? new float[_vectors.Dimensions]);
        return slot;
    }

    /// <summary>The built-in embedder's vector; null where a model's are used.</summary>
    public float[]? VectorOf(Features features) => _ofModel ? null : _embedder.Embed(features);

    /// <summary>Gives back what was reserved for more.</summary>
    public void Trim()
    {
        _lexicon.Trim();
        foreach (var postings in _concepts)
            postings.Trim();
    }

    /// <summary>Sets a slot's vector when a model has answered.</summary>
    public void SetVector(int slot, float[] vector) => _vectors.Set(slot, vector);

    /// <summary>Gives a slot the vector of another one with the same text.</summary>
    public void CopyVector(int from, int to) => _vectors.Copy(from, to);

    /// <summary>Slots that meet a text, best first; at most some hundreds.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="passes">One byte per slot; zero is left out.</param>
    /// <param name="agents">How many slots are alive.</param>
    /// <param name="vector">The model's vector of the text, of length 1; null for the built-in embedder's.</param>
    public List<Match> Search(string text, ReadOnlySpan<byte> passes, int agents, float[]? vector = null)
    {
        var query = Query.Read(text, _thesaurus, _reader, _lexicon, _concepts, agents);
        vector ??= VectorOf(query.Corrected);
        if (!_matchers.TryTake(out var matcher))
            matcher = new Matcher();
        var matches = matcher.Rank(query, passes, _vectors, vector is null ? default : Probe(vector));
        _matchers.Add(matcher);
        return matches;
    }

    // What the built-in embedder knows is in words and concepts already: alone it would find more that is wrong than right (docs/discovery.md).
    private Probe Probe(float[] vector)
    {
        var probe = _vectors.Prepare(vector);
        return _ofModel ? probe with { Ordinary = _vectors.Ordinary(probe, Slots), FindsAlone = true } : probe;
    }

    /// <summary>The slots nearest to a slot's own vector.</summary>
    public (int Slot, float Cosine)[] NearestTo(int slot, ReadOnlySpan<byte> passes, int count) => _vectors.Nearest(_vectors.Of(slot), passes, count);
}
