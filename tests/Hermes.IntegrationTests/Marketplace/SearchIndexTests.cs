using System.Globalization;
using System.Numerics.Tensors;
using Hermes.Infrastructure.Marketplace.Search;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>The parts that the index is made of: words by number, postings block by block, vectors as bytes.</summary>
public sealed class SearchIndexTests
{
    private static readonly FeatureReader Reader = new(Thesaurus.BuiltIn);

    [Fact]
    public void Every_term_keeps_its_number_and_its_text_while_the_table_grows()
    {
        var table = new TermTable();
        var texts = Enumerable.Range(0, 20_000).Select(n => n.ToString(CultureInfo.InvariantCulture) + (n % 3 == 0 ? "größe" : "size")).ToArray();

        foreach (var (text, number) in texts.Select((t, i) => (t, i)))
            table.Add(text).ShouldBe(number);

        foreach (var (text, number) in texts.Select((t, i) => (t, i)))
        {
            table.Add(text).ShouldBe(number);
            table.Find(text).ShouldBe(number);
            table.Text(number).ShouldBe(text);
        }
        table.Find("unknown").ShouldBe(-1);
        table.Count.ShouldBe(texts.Length);
    }

    [Theory]
    [InlineData(192)]
    [InlineData(1_536)]
    public void A_scan_of_bytes_finds_what_exact_cosines_find(int dimensions)
    {
        var random = new Random(7);
        float[] Unit(Func<int, float> at)
        {
            var vector = Enumerable.Range(0, dimensions).Select(at).ToArray();
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
            return vector;
        }
        var vectors = Enumerable.Range(0, 3_000).Select(_ => Unit(_ => (float)(random.NextDouble() - 0.5))).ToArray();
        var block = new VectorBlock(dimensions);
        for (var slot = 0; slot < vectors.Length; slot++)
            block.Set(slot, vectors[slot]);
        var passes = Enumerable.Range(0, vectors.Length).Select(i => (byte)(i % 2)).ToArray();
        var hits = 0;
        for (var round = 0; round < 50; round++)
        {
            var near = vectors[random.Next(vectors.Length)];
            var query = Unit(i => near[i] + (float)(random.NextDouble() - 0.5) * 0.05f);
            var exact = Enumerable.Range(0, vectors.Length).Where(i => passes[i] != 0).OrderByDescending(i => TensorPrimitives.Dot<float>(query, vectors[i])).Take(10).ToArray();

            var found = block.Nearest(query, passes, 10);

            hits += found.Count(f => exact.Contains(f.Slot));
            found.ShouldAllBe(f => Math.Abs(f.Cosine - TensorPrimitives.Dot<float>(query, vectors[f.Slot])) < 0.01f);
        }
        hits.ShouldBeGreaterThanOrEqualTo(490);
        var probe = block.Prepare(vectors[0]);
        for (var slot = 0; slot < 100; slot++)
        {
            block.Exactly(probe, slot).ShouldBe(TensorPrimitives.Dot<float>(vectors[0], vectors[slot]), 0.0005f);
            block.Copy(slot, vectors.Length + slot);
            block.Exactly(probe, vectors.Length + slot).ShouldBe(block.Exactly(probe, slot));
            foreach (var least in (float[])[-0.1f, 0, 0.05f, 0.5f])
            {
                var (whole, cut) = (block.Cosine(probe, slot), block.Cosine(probe, slot, least));
                if (whole >= least)
                    cut.ShouldBe(whole);
                else
                    cut.ShouldBeLessThan(least);
            }
        }
        // The largest numbers that there can be do not overflow.
        block.Set(0, Enumerable.Repeat(1 / MathF.Sqrt(dimensions), dimensions).ToArray());
        block.Cosine(block.Prepare(block.Of(0)), 0).ShouldBe(1, 0.02f);
        block.Set(1, new float[dimensions]);
        block.Cosine(block.Prepare(block.Of(0)), 1).ShouldBe(0);
    }

    [Fact]
    public void Filters_hold_in_every_block_and_the_best_of_all_blocks_comes_first()
    {
        const int Agents = 7_000;
        var embedder = new BuiltInEmbedder(Thesaurus.BuiltIn);
        var texts = Enumerable.Range(0, Agents).Select(n => n == 6_500
            ? new AgentText("Vineyard harvest planner", "Plans the grape harvest of a vineyard.", ["vineyard.planning"], ["wine"], [])
            : new AgentText($"Translator {n}", "Translates contracts into German.", ["text.translate"], ["language"], [])).ToArray();
        embedder.Fit(texts.Take(500).Append(texts[6_500]).Select(Reader.Of));
        var index = new TextIndex(Thesaurus.BuiltIn, embedder);
        foreach (var text in texts)
            index.Add(Reader.Of(text));
        index.Trim();
        var all = Enumerable.Repeat((byte)1, Agents).ToArray();

        index.Search("harvest of a vineyard", all, Agents)[0].Slot.ShouldBe(6_500);
        index.Search("translate a contract", all, Agents).ShouldNotBeEmpty();

        var some = new byte[Agents];
        some[3] = some[4_100] = some[6_999] = 1;
        index.Search("translate a contract", some, Agents).Select(m => m.Slot).Order().ShouldBe([3, 4_100, 6_999]);
        index.Search("harvest of a vineyard", some, Agents).ShouldBeEmpty();
        index.Search("translate a contract", new byte[Agents], Agents).ShouldBeEmpty();
    }

    [Fact]
    public void A_number_is_no_slip_of_another_and_no_ending()
    {
        var lexicon = new Lexicon();
        foreach (var (word, slot) in new[] { "planner", "planner7", "planners", "20245" }.Select((w, i) => (w, i)))
        {
            lexicon.Add(word, slot, 1);
            lexicon.AddForm(word, word);
        }

        lexicon.Alike("20246", 3).ShouldBeEmpty();
        lexicon.Alike("plannner", 3).Select(a => a.Stem).ShouldContain("planner");
        lexicon.Kin("planner").Count().ShouldBe(1);
        lexicon.Of("20245")!.Count.ShouldBe(1);
        lexicon.Add("20245", 9, 1);
        lexicon.Of("20245")!.Count.ShouldBe(2);
    }
}
