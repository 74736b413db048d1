namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>One thing that a query asks for: a word with what may stand for it, and how much it matters (rare words more, fillers hardly).</summary>
internal sealed record QueryUnit(float Weight)
{
    /// <summary>True for what says little by itself: fillers, and acts that almost any agent may do.</summary>
    public bool IsGeneral { get; init; }

    /// <summary>The word itself and words that it may be a slip of, with how sure that is (0–1).</summary>
    public List<(Postings Postings, float Strength)> Words { get; } = [];

    /// <summary>Concepts that it belongs to, with how near they are (0–1).</summary>
    public List<(Postings Postings, float Strength)> Concepts { get; } = [];
}

/// <summary>A query, read against an index.</summary>
/// <param name="Units">What it asks for.</param>
/// <param name="Corrected">Its features with slips corrected, for the vector.</param>
internal sealed record Query(IReadOnlyList<QueryUnit> Units, Features Corrected)
{
    private const float General = 0.45f;
    private const float Filler = 0.1f;
    private const float Unknown = 1.25f;
    private const float PartOfPhrase = 0.65f;
    private const float Unheard = 0.3f;
    private const float Few = 30;

    /// <summary>Reads a query.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="thesaurus">What words mean.</param>
    /// <param name="features">Reads the corrected text.</param>
    /// <param name="lexicon">The registry's words.</param>
    /// <param name="concepts">Postings by concept.</param>
    /// <param name="agents">How many agents there are.</param>
    public static Query Read(string text, Thesaurus thesaurus, FeatureReader features, Lexicon lexicon, Postings[] concepts, int agents)
    {
        var words = TextReader.Read(text.Length > 500 ? text[..500] : text, thesaurus.Knows);
        var corrected = new List<Word>(words.Count);
        var guesses = new List<(string Stem, int Slips)>[words.Count];
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            guesses[i] = [];
            if (word.Kind == WordKind.Content && lexicon.Of(word.Stem) is null && !thesaurus.KnowsStem(word.Stem) && !lexicon.Knows(word.Text))
                guesses[i] = lexicon.Alike(word.Text, 3);
            corrected.Add(guesses[i].Count > 0 ? new Word(guesses[i][0].Stem, guesses[i][0].Stem, word.Kind) : word);
        }
        var spans = thesaurus.Read(corrected);
        var units = new List<QueryUnit>();
        for (var i = 0; i < corrected.Count; i++)
        {
            if (Unit(i, corrected, guesses[i], spans, thesaurus, lexicon, concepts, agents) is { } unit)
                units.Add(unit);
        }
        // Nothing but fillers: then they are what is asked for.
        if (units.Count == 0)
            units.AddRange(corrected.Where(w => w.Text.Length > 1 && lexicon.Of(w.Stem) is not null).Select(w => Plain(lexicon.Of(w.Stem)!)));
        return new Query(units, features.OfQuery(string.Join(' ', corrected.Select(w => w.Text))));
    }

    private static QueryUnit Plain(Postings postings)
    {
        var unit = new QueryUnit(Filler);
        unit.Words.Add((postings, 1));
        return unit;
    }

    private static QueryUnit? Unit(int at, List<Word> words, List<(string Stem, int Slips)> guesses, List<ConceptSpan> spans,
        Thesaurus thesaurus, Lexicon lexicon, Postings[] concepts, int agents)
    {
        var word = words[at];
        var inPhrase = spans.Any(s => s.Length > 1 && s.First <= at && at < s.First + s.Length);
        if (word.Kind == WordKind.Function)
            return null;
        var exact = lexicon.Of(word.Stem);
        var sure = guesses.Count > 0 ? Sure(guesses[0].Slips, word.Text.Length) : 1;
        var near = new Dictionary<int, float>();
        var general = false;
        foreach (var span in spans)
        {
            if (at < span.First || at >= span.First + span.Length)
                continue;
            var concept = thesaurus.Concepts[span.Concept];
            var strength = FeatureReader.WeightOf(span, spans, words) * (span.Length > 1 ? 0.95f : 0.85f) * sure;
            general |= concept.IsGeneral && span.Length == 1;
            Raise(near, span.Concept, strength);
            foreach (var broader in concept.Broader)
                Raise(near, broader, strength * 0.5f);
        }
        var specific = near.Keys.Any(c => !thesaurus.Concepts[c].IsGeneral);
        var known = near.Count > 0 || thesaurus.KnowsStem(word.Stem);
        var frequency = (exact?.Count ?? 0) + thesaurus.AgentsWith(word.Stem);
        if (exact is null)
            frequency = Math.Max(frequency, near.Where(n => n.Value > 0.3f).Select(n => concepts[n.Key].Count + thesaurus.AgentsAbout(n.Key)).DefaultIfEmpty(0).Min());
        var weight = Rarity(frequency, agents + Thesaurus.AsAgents);
        if (word.Kind == WordKind.Filler)
            weight *= inPhrase ? 0.6f : Filler;
        else if (word.Kind == WordKind.Everyday && exact is null && near.Count == 0)
            weight *= Filler;
        else if (general && !specific)
            weight *= General;
        else if (general)
            weight *= 0.7f;
        else if (char.IsDigit(word.Text[0]))
            weight *= 0.5f;
        else if (exact is null && !known)
            weight *= Unknown;
        var unit = new QueryUnit(weight) { IsGeneral = word.Kind == WordKind.Filler || (general && !specific) };
        if (exact is not null)
            unit.Words.Add((exact, sure * (inPhrase ? PartOfPhrase : 1)));
        foreach (var (stem, slips) in guesses.Skip(1))
        {
            if (lexicon.Of(stem) is { } alike && slips == guesses[0].Slips)
                unit.Words.Add((alike, Sure(slips, word.Text.Length) * 0.7f));
        }
        foreach (var kin in lexicon.Kin(word.Stem))
            unit.Words.Add((kin, exact is null ? 0.6f : 0.4f));
        if (exact is null && guesses.Count == 0 && word.Kind == WordKind.Content && near.Count == 0)
        {
            // The last part of a compound says what the thing is, the first only which.
            var share = 0.6f;
            foreach (var part in lexicon.Parts(word.Text))
            {
                unit.Words.Add((part, share));
                share = 0.3f;
            }
        }
        // "time series" is written "timeseries" by some, and the other way round.
        if (at + 1 < words.Count && lexicon.Of(Stemmer.Stem(word.Text + words[at + 1].Text)) is { } joined)
            unit.Words.Add((joined, 0.9f));
        if (at > 0 && lexicon.Of(Stemmer.Stem(words[at - 1].Text + word.Text)) is { } joinedBefore)
            unit.Words.Add((joinedBefore, 0.9f));
        foreach (var (concept, strength) in near)
        {
            if (concepts[concept].Count > 0)
                unit.Concepts.Add((concepts[concept], (thesaurus.Concepts[concept].IsGeneral ? 0.75f : 1) * strength));
        }
        // That nobody says a word tells that nobody is right where there are many agents, and little where there are few.
        return unit.Words.Count + unit.Concepts.Count > 0 ? unit : unit with { Weight = unit.Weight * (agents + Unheard * Few) / (agents + Few) };
    }

    // A short word is one slip away from many others, and two slips are often another word.
    private static float Sure(int slips, int length) => slips switch { 0 => 1, 1 => length < 6 ? 0.55f : 0.9f, _ => length < 10 ? 0.55f : 0.75f };

    private static float Rarity(float frequency, int agents) =>
        Math.Clamp(MathF.Log((agents + 1f) / (frequency + 0.5f)) / MathF.Log(agents + 2f), 0.15f, 1f);

    private static void Raise(Dictionary<int, float> near, int concept, float strength)
    {
        if (strength > near.GetValueOrDefault(concept))
            near[concept] = strength;
    }
}
