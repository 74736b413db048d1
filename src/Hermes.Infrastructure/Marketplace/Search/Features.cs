namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>What an agent says of itself, as it is indexed.</summary>
internal sealed record AgentText(string Name, string Description, IReadOnlyList<string> Capabilities, IReadOnlyList<string> Tags, IReadOnlyList<string> Categories)
{
    /// <summary>All of it as one text, for an embedding model.</summary>
    public string Whole => $"{Name}. {Description} Can do: {string.Join(", ", Capabilities)}. {string.Join(", ", Tags.Concat(Categories))}";
}

/// <summary>What a text is made of: stems and concepts with their weight in it.</summary>
/// <param name="Words">Stem → weight.</param>
/// <param name="Concepts">Concept → weight; broader concepts come in at a half.</param>
/// <param name="Forms">The words as they were written, each with its stem.</param>
internal sealed record Features(Dictionary<string, float> Words, Dictionary<int, float> Concepts, Dictionary<string, string> Forms);

/// <summary>Reads features of agents, field by field as BM25F does: a word in the name counts three times one in the description.</summary>
internal sealed class FeatureReader(Thesaurus thesaurus)
{
    private const float InsidePhrase = 0.25f;
    private const float Broader = 0.5f;

    /// <summary>An agent's features.</summary>
    public Features Of(AgentText agent)
    {
        var features = Empty();
        Add(agent.Name, 3f, 4, 0.3f, features);
        foreach (var capability in agent.Capabilities)
            Add(capability, 2.2f, 2, 0.2f, features, MathF.Max(1, agent.Capabilities.Count / 4f));
        foreach (var tag in agent.Tags)
            Add(tag, 1.6f, 2, 0.2f, features, MathF.Max(1, agent.Tags.Count / 5f));
        foreach (var category in agent.Categories)
            Add(category, 1.4f, 2, 0.2f, features);
        Add(agent.Description, 1.2f, 18, 0.55f, features);
        AddBroader(features.Concepts);
        return features;
    }

    /// <summary>A query's features, every word alike.</summary>
    public Features OfQuery(string text)
    {
        var features = Empty();
        Add(text, 1, 6, 0, features);
        AddBroader(features.Concepts);
        return features;
    }

    private static Features Empty() => new(new(StringComparer.Ordinal), [], new(StringComparer.Ordinal));

    private void Add(string text, float weight, float usualLength, float lengthMatters, Features into, float share = 1)
    {
        var read = TextReader.Read(text, thesaurus.Knows);
        var content = read.Count(w => w.Kind is WordKind.Content or WordKind.Everyday);
        var unit = weight / share / (1 - lengthMatters + lengthMatters * content / usualLength);
        for (var i = 0; i < read.Count; i++)
        {
            if (read[i].Kind == WordKind.Function)
                continue;
            Raise(into.Words, read[i].Stem, unit);
            into.Forms.TryAdd(read[i].Text, read[i].Stem);
            // "real-estate" is also found as "realestate", "e-commerce" as "ecommerce".
            if (text.Length <= 64 && i + 1 < read.Count && read[i + 1].Kind != WordKind.Function && read[i].Text.Length + read[i + 1].Text.Length <= 24)
                Raise(into.Words, Stemmer.Stem(read[i].Text + read[i + 1].Text), unit * 0.5f);
        }
        var spans = thesaurus.Read(read);
        foreach (var span in spans)
        {
            var factor = WeightOf(span, spans, read);
            if (factor > 0)
                Raise(into.Concepts, span.Concept, unit * factor);
        }
    }

    /// <summary>1 for a clear sign of the concept; less inside a longer phrase, for an ambiguous word, or for a filler.</summary>
    public static float WeightOf(ConceptSpan span, List<ConceptSpan> all, List<Word> words)
    {
        var senses = 0;
        var inside = false;
        foreach (var other in all)
        {
            if (other.First == span.First && other.Length == span.Length)
                senses++;
            else if (other.Length > span.Length && other.First <= span.First && other.First + other.Length >= span.First + span.Length)
                inside = true;
        }
        var factor = inside ? InsidePhrase : 1f;
        factor /= MathF.Sqrt(senses);
        if (span.Length == 1)
            factor *= words[span.First].Kind switch { WordKind.Function => 0, WordKind.Filler => 0.35f, _ => 1 };
        return factor;
    }

    private void AddBroader(Dictionary<int, float> concepts)
    {
        foreach (var (number, weight) in concepts.ToArray())
        {
            foreach (var broader in thesaurus.Concepts[number].Broader)
                concepts[broader] = Math.Max(concepts.GetValueOrDefault(broader), weight * Broader);
        }
    }

    private static void Raise<T>(Dictionary<T, float> weights, T key, float by) where T : notnull => weights[key] = weights.GetValueOrDefault(key) + by;
}
