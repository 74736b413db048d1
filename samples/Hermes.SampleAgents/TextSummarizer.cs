using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hermes.SampleAgents;

/// <summary>
/// Summarises by extraction: scores each sentence by how many of the text's frequent words it holds and by its place,
/// and gives back the best in their original order. Context: <c>text</c>, optional <c>sentences</c> (1–10, default 3).
/// </summary>
public sealed partial class TextSummarizer(Pricing pricing) : SampleCraft("text.summarize", pricing)
{
    private static readonly HashSet<string> Stop = new(
        ("a about after all also an and any are as at be because been before but by can could did do does for from had has have he her here his how i if in into is it its " +
         "just may more most my new no not of on one or other our out over she should so some such than that the their them then there these they this those to " +
         "up us was we were what when which while who will with would you your").Split(' '), StringComparer.Ordinal);

    protected override string InputMember => "text";

    public override object Work(string input, JsonElement context)
    {
        var sentences = SentenceEnd().Split(Spaces().Replace(input.Trim(), " ")).Where(s => s.Length > 0).ToArray();
        var words = Array.ConvertAll(sentences, s => Words(s).ToArray());
        var frequency = words.SelectMany(w => w).GroupBy(w => w, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var wanted = Number(context, "sentences", 3, 1, 10);
        var best = Enumerable.Range(0, sentences.Length)
            .OrderByDescending(i => Score(words[i], frequency, i, sentences.Length)).ThenBy(i => i)
            .Take(wanted).Order().Select(i => sentences[i]).ToArray();
        var summary = string.Join(' ', best);
        return new
        {
            Summary = summary,
            Sentences = best,
            Keywords = frequency.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Take(8).Select(f => f.Key).ToArray(),
            OriginalWords = WordPattern().Count(input),
            SummaryWords = WordPattern().Count(summary),
        };
    }

    /// <summary>Mean frequency of the sentence's distinct words, a little more for the first and last sentence, less for very short ones.</summary>
    private static double Score(string[] words, Dictionary<string, int> frequency, int index, int count)
    {
        if (words.Length == 0)
            return 0;
        var mean = words.Distinct(StringComparer.Ordinal).Sum(w => (double)frequency[w]) / (words.Length + 2);
        return mean * (index == 0 ? 1.3 : index == count - 1 ? 1.1 : 1) * (words.Length < 4 ? 0.5 : 1);
    }

    private static IEnumerable<string> Words(string sentence) =>
        WordPattern().Matches(sentence).Select(m => m.Value.ToLowerInvariant()).Where(w => w.Length > 2 && !Stop.Contains(w));

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"(?<=[.!?…])(?<!\b(?:Mr|Mrs|Ms|Dr|St|vs|e\.g|i\.e|No|approx)\.)[""”')\]]?\s+(?=[\p{Lu}\p{N}""“'(])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
