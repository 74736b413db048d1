using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>
/// The embedder that needs no model. A vector has three parts of 64: the thesaurus' concepts, hashed subwords weighted by how
/// rare their word is, and what the registry's own texts teach (words that keep the same company point the same way, by
/// reflective random indexing). It knows what is in the thesaurus and in the registry, and nothing of the world beyond.
/// </summary>
internal sealed class BuiltInEmbedder(Thesaurus thesaurus)
{
    /// <summary>The name stored with its vectors.</summary>
    public const string Name = "hermes-built-in-1";

    /// <summary>Numbers of a vector.</summary>
    public const int Dimensions = 3 * Part;

    private const int Part = 64;
    private const int LargeRegister = 5_000;
    private static readonly float[] Shares = [0.55f, 0.2f, 0.25f];
    private Dictionary<string, float[]> _latent = new(StringComparer.Ordinal);
    private Dictionary<string, int> _frequency = new(StringComparer.Ordinal);
    private int[] _conceptFrequency = new int[thesaurus.Concepts.Count];
    private readonly float[] _centre = new float[Part];
    private int _texts;

    /// <summary>Learns from the registry's texts: how often words occur, and which occur together.</summary>
    /// <param name="texts">Read once, one after another; only numbers of them are kept meanwhile.</param>
    public void Fit(IEnumerable<Features> texts)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var (frequency, said, ends) = (new List<int>(), new List<(int Word, float Weight)>(), new List<int>());
        var concepts = new int[thesaurus.Concepts.Count];
        foreach (var text in texts)
        {
            foreach (var (word, weight) in text.Words)
            {
                if (!numbers.TryGetValue(word, out var number))
                {
                    numbers[word] = number = numbers.Count;
                    frequency.Add(0);
                }
                frequency[number]++;
                said.Add((number, Saturated(weight)));
            }
            ends.Add(said.Count);
            foreach (var concept in text.Concepts.Keys)
                concepts[concept]++;
        }
        (_conceptFrequency, _texts) = (concepts, ends.Count);
        var latent = new float[numbers.Count][];
        var seeds = new ulong[numbers.Count];
        var rarity = new float[numbers.Count];
        foreach (var (word, number) in numbers)
        {
            seeds[number] = Hash(word);
            rarity[number] = Rarity(frequency[number] + thesaurus.AgentsWith(word));
            latent[number] = frequency[number] > 1 ? new float[Part] : [];
        }
        Span<float> text64 = stackalloc float[Part];
        var all = CollectionsMarshal.AsSpan(said);
        var start = 0;
        foreach (var end in ends)
        {
            var words = all[start..end];
            start = end;
            text64.Clear();
            foreach (var (word, weight) in words)
            {
                if (frequency[word] > 1)
                    AddRandom(text64, seeds[word], weight * rarity[word]);
            }
            Normalise(text64);
            foreach (var (word, weight) in words)
            {
                if (frequency[word] > 1)
                    TensorPrimitives.MultiplyAdd(text64, weight, latent[word], latent[word]);
            }
        }
        Array.Clear(_centre);
        foreach (var vector in latent.Where(v => v.Length > 0))
        {
            Normalise(vector);
            TensorPrimitives.Add(_centre, vector, _centre);
        }
        // What all words share says nothing: it is taken out.
        Normalise(_centre);
        foreach (var vector in latent.Where(v => v.Length > 0))
        {
            TensorPrimitives.MultiplyAdd(_centre, -TensorPrimitives.Dot<float>(vector, _centre), vector, vector);
            Normalise(vector);
        }
        _latent = numbers.Where(n => latent[n.Value].Length > 0).ToDictionary(n => n.Key, n => latent[n.Value], StringComparer.Ordinal);
        // Of a large register a sample is read: whether a rare word is in it once or not at all is chance.
        var least = _texts > LargeRegister ? 2 : 1;
        _frequency = numbers.Where(n => frequency[n.Value] >= least).ToDictionary(n => n.Key, n => frequency[n.Value], StringComparer.Ordinal);
    }

    /// <summary>The vector of a text's features, of length 1; all zero when nothing in it is known.</summary>
    public float[] Embed(Features text)
    {
        var vector = new float[Dimensions];
        var concepts = vector.AsSpan(0, Part);
        foreach (var (number, weight) in text.Concepts)
        {
            var concept = thesaurus.Concepts[number];
            AddRandom(concepts, Hash(concept.Name), Saturated(weight) * Rarity(_conceptFrequency[number] + thesaurus.AgentsAbout(number)) * (concept.IsGeneral ? 0.3f : 1));
        }
        var subwords = vector.AsSpan(Part, Part);
        var latent = vector.AsSpan(2 * Part, Part);
        foreach (var (word, weight) in text.Words)
        {
            var said = Saturated(weight) * Rarity(_frequency.GetValueOrDefault(word) + thesaurus.AgentsWith(word));
            AddSubwords(subwords, word, said);
            if (_latent.TryGetValue(word, out var learnt))
                TensorPrimitives.MultiplyAdd(learnt, said, latent, latent);
        }
        for (var part = 0; part < Shares.Length; part++)
        {
            var own = vector.AsSpan(part * Part, Part);
            Normalise(own);
            TensorPrimitives.Multiply(own, MathF.Sqrt(Shares[part]), own);
        }
        return vector;
    }

    private float Rarity(float frequency) => MathF.Log(1 + (_texts + Thesaurus.AsAgents + 1f) / (frequency + 1f));

    private static float Saturated(float weight) => weight / (weight + 1);

    private static void AddSubwords(Span<float> vector, string word, float weight)
    {
        Span<char> framed = stackalloc char[Math.Min(word.Length, 40) + 2];
        framed[0] = framed[^1] = '\u0002';
        word.AsSpan(0, framed.Length - 2).CopyTo(framed[1..]);
        for (var size = 3; size <= 5 && size <= framed.Length; size++)
        {
            for (var at = 0; at + size <= framed.Length; at++)
            {
                var hash = Hash(framed.Slice(at, size));
                vector[(int)(hash >> 32 & (Part - 1))] += (hash & 1) == 0 ? weight : -weight;
            }
        }
    }

    // Six places of ±1: sparse, so that few texts meet by chance.
    private static void AddRandom(Span<float> vector, ulong seed, float weight)
    {
        for (var i = 0; i < 6; i++)
        {
            seed = seed * 6364136223846793005UL + 1442695040888963407UL;
            vector[(int)(seed >> 40 & (Part - 1))] += (seed >> 63) == 0 ? weight : -weight;
        }
    }

    private static ulong Hash(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        hash ^= hash >> 29;
        hash *= 0xBF58476D1CE4E5B9UL;
        return hash ^ hash >> 32;
    }

    private static void Normalise(Span<float> vector)
    {
        var length = TensorPrimitives.Norm<float>(vector);
        if (length > 1e-9f)
            TensorPrimitives.Divide(vector, length, vector);
    }
}
