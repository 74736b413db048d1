using System.Reflection;

namespace Hermes.Infrastructure.Marketplace.Search;

/// <summary>A group of words and phrases that mean nearly the same to somebody who looks for an agent.</summary>
/// <param name="Number">0 and up, without gaps.</param>
/// <param name="Name">Its name in the file.</param>
/// <param name="IsGeneral">True for acts that almost any agent may do ("create", "check").</param>
/// <param name="Broader">Numbers of the groups that it is a part of.</param>
internal sealed record Concept(int Number, string Name, bool IsGeneral, int[] Broader);

/// <summary>A concept found in a text.</summary>
/// <param name="Concept">Its number.</param>
/// <param name="First">The first word, by its place.</param>
/// <param name="Length">Words that it spans.</param>
internal readonly record struct ConceptSpan(int Concept, int First, int Length);

/// <summary>
/// The agents' world in groups of words, read from the files in <c>Thesaurus/</c>. It knows word forms by their stems and
/// phrases of up to five words. How common a word or a concept is in that world it tells by its own groups: they count like
/// the texts of <see cref="AsAgents"/> agents beside those that a register has, so that six agents are not taken for the world.
/// </summary>
internal sealed class Thesaurus
{
    /// <summary>How many agents all groups together count for.</summary>
    public const int AsAgents = 200;

    private const int LongestPhrase = 5;
    private readonly Dictionary<string, int[]> _phrases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stems = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _groupsWith = new(StringComparer.Ordinal);
    private readonly int[] _groupsOf;

    /// <summary>The one that ships with the product.</summary>
    public static Thesaurus BuiltIn { get; } = new(ReadResources());

    /// <summary>Reads the lines of a thesaurus.</summary>
    /// <exception cref="FormatException">A line is not <c>[~]name [^broader …] : term, term</c>, a name is used twice, or a broader group is unknown.</exception>
    public Thesaurus(IEnumerable<string> lines)
    {
        var read = lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').Select(Parse).ToList();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, _, _, _) in read)
        {
            if (!numbers.TryAdd(name, numbers.Count))
                throw new FormatException($"The concept '{name}' is there twice.");
        }
        Concepts = [.. read.Select((g, i) => new Concept(i, g.Name, g.General, [.. g.Broader.Select(b => numbers.TryGetValue(b, out var n) ? n : throw new FormatException($"'{g.Name}' names the unknown group '{b}'."))]))];
        foreach (var term in read.SelectMany(g => g.Terms))
        {
            foreach (var word in term.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                _words.Add(word);
        }
        var built = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        _groupsOf = new int[read.Count];
        for (var i = 0; i < read.Count; i++)
        {
            _groupsOf[i]++;
            foreach (var broader in Concepts[i].Broader)
                _groupsOf[broader]++;
            var said = new HashSet<string>(StringComparer.Ordinal);
            foreach (var term in read[i].Terms)
            {
                var words = TextReader.Read(term, _words.Contains);
                var key = string.Join(' ', words.Select(w => w.Stem));
                if (!built.TryGetValue(key, out var groups))
                    built[key] = groups = [];
                if (!groups.Contains(i))
                    groups.Add(i);
                foreach (var word in words)
                {
                    said.Add(word.Stem);
                    if (word.Kind is WordKind.Content or WordKind.Everyday)
                        _stems.Add(word.Stem);
                }
            }
            foreach (var stem in said)
                _groupsWith[stem] = _groupsWith.GetValueOrDefault(stem) + 1;
        }
        foreach (var (key, groups) in built)
            _phrases[key] = [.. groups];
    }

    /// <summary>All groups by number.</summary>
    public IReadOnlyList<Concept> Concepts { get; }

    /// <summary>Every word of any group as it is written there.</summary>
    public IReadOnlyCollection<string> Words => _words;

    /// <summary>Words and phrases, as stems joined by spaces.</summary>
    public int TermCount => _phrases.Count;

    /// <summary>True for a word that a group has in this very form.</summary>
    public bool Knows(string lower) => _words.Contains(lower);

    /// <summary>True for a stem of any group's word.</summary>
    public bool KnowsStem(string stem) => _stems.Contains(stem);

    /// <summary>The groups that have the stem as a word of its own; empty for none.</summary>
    public ReadOnlySpan<int> Of(string stem) => _phrases.TryGetValue(stem, out var groups) ? groups : [];

    /// <summary>Of the agents that the thesaurus counts for, those that say the stem.</summary>
    public float AgentsWith(string stem) => AsAgents * (float)_groupsWith.GetValueOrDefault(stem) / Concepts.Count;

    /// <summary>Of the agents that the thesaurus counts for, those that are about the concept or a narrower one.</summary>
    public float AgentsAbout(int concept) => AsAgents * (float)_groupsOf[concept] / Concepts.Count;

    /// <summary>All concepts of a text, also those of words within a longer phrase.</summary>
    public List<ConceptSpan> Read(IReadOnlyList<Word> words)
    {
        var found = new List<ConceptSpan>();
        for (var first = 0; first < words.Count; first++)
        {
            var key = words[first].Stem;
            for (var length = 1; ; length++)
            {
                if (_phrases.TryGetValue(key, out var groups))
                {
                    foreach (var group in groups)
                        found.Add(new ConceptSpan(group, first, length));
                }
                if (length == LongestPhrase || first + length >= words.Count)
                    break;
                key = key + ' ' + words[first + length].Stem;
            }
        }
        return found;
    }

    private static (string Name, bool General, string[] Broader, string[] Terms) Parse(string line)
    {
        var colon = line.IndexOf(" : ", StringComparison.Ordinal);
        if (colon < 0)
            throw new FormatException($"No terms in '{line}'.");
        var head = line[..colon].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (head.Skip(1).FirstOrDefault(h => h[0] != '^') is { } wrong)
            throw new FormatException($"'{wrong}' of '{head[0]}' is not a broader group: those begin with ^.");
        var terms = line[(colon + 3)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (head[0].TrimStart('~'), head[0][0] == '~', [.. head.Skip(1).Select(h => h[1..])], terms);
    }

    private static IEnumerable<string> ReadResources()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.Contains(".Thesaurus.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            while (reader.ReadLine() is { } line)
                yield return line;
        }
    }
}
