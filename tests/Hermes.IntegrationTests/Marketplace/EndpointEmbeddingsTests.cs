using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Embeddings;
using Hermes.Infrastructure.Marketplace.Search;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>An OpenAI-compatible endpoint that stands in for a model: it knows three things, the sea, the desert and the sky; all else is one to it.</summary>
public sealed class StandInModel : HttpMessageHandler
{
    /// <summary>Texts of each request that was answered.</summary>
    public List<string[]> Requests { get; } = [];

    /// <summary>Answers to give before it works.</summary>
    public Queue<HttpStatusCode> Faults { get; } = new();

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)).RootElement;
        lock (Requests)
        {
            if (Faults.TryDequeue(out var fault))
                return new HttpResponseMessage(fault);
            var texts = body.GetProperty("input").EnumerateArray().Select(t => t.GetString()!).ToArray();
            Requests.Add(texts);
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = JsonContent.Create(new { data = texts.Select((t, index) => new { index, embedding = Vector(t) }).Reverse(), model = body.GetProperty("model").GetString() }),
            };
        }
    }

    private static float[] Vector(string text)
    {
        string[][] known = [["Nautilus", "qwzmarine"], ["Sahara"], ["qwzaloft"]];
        var vector = new float[8];
        for (var i = 0; i < known.Length; i++)
            vector[i] = known[i].Any(word => text.Contains(word, StringComparison.Ordinal)) ? 3 : 0.1f;
        vector[7] = vector.Max() < 1 ? 3 : 0.1f;
        return vector;
    }
}

/// <summary>The app with the stand-in as its embedding model.</summary>
public sealed class EmbeddingApp : HermesApp
{
    /// <summary>The model.</summary>
    public StandInModel Model { get; } = new();

    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder)
    {
        builder.UseSetting("Hermes:Embeddings:Endpoint", "http://model.example.test/v1");
        builder.UseSetting("Hermes:Embeddings:Model", "stand-in-1");
        builder.UseSetting("Hermes:Embeddings:Dimensions", "8");
        builder.ConfigureServices(services => services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(sp =>
            new EndpointEmbeddings(new HttpClient(Model), sp.GetRequiredService<EmbeddingSettings>(), TimeProvider.System)));
    }
}

/// <summary>Batches, faults, what is stored, and that a search uses the model's meaning.</summary>
public sealed class EndpointEmbeddingsTests(EmbeddingApp app) : IClassFixture<EmbeddingApp>
{
    private static EndpointEmbeddings Generator(StandInModel model, int retries = 3) => new(new HttpClient(model),
        new EmbeddingSettings { Endpoint = new Uri("http://model.example.test/v1/"), Model = "stand-in-1", Dimensions = 8, BatchSize = 3, Retries = retries }, TimeProvider.System);

    [Fact]
    public async Task Texts_go_in_batches_and_come_back_in_order()
    {
        var model = new StandInModel();

        var made = await Generator(model).GenerateAsync(["a", "Nautilus", "b", "Sahara"]);

        model.Requests.Select(r => r.Length).ShouldBe([3, 1]);
        made.Count.ShouldBe(4);
        made[1].Vector.Span[0].ShouldBe(3);
        made[3].Vector.Span[1].ShouldBe(3);
    }

    [Fact]
    public async Task Faults_are_tried_again_and_refusals_are_not()
    {
        var model = new StandInModel();
        model.Faults.Enqueue(HttpStatusCode.TooManyRequests);
        model.Faults.Enqueue(HttpStatusCode.BadGateway);
        (await Generator(model).GenerateAsync(["a"])).Count.ShouldBe(1);

        model.Faults.Enqueue(HttpStatusCode.Unauthorized);
        await Should.ThrowAsync<HttpRequestException>(() => Generator(model).GenerateAsync(["a"]));
        model.Faults.Enqueue(HttpStatusCode.BadGateway);
        await Should.ThrowAsync<HttpRequestException>(() => Generator(model, retries: 0).GenerateAsync(["a"]));
        model.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Vectors_are_made_once_per_text_stored_with_the_models_name_and_searched()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        foreach (var name in new[] { "Nautilus", "Sahara" })
            (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(new AgentProfile(name, "Explores.", ["work.do"], null, Money.Usd(1), AgentVisibility.Public, [], [], 1)))).Succeeded.ShouldBeTrue();
        var finder = app.Services.GetRequiredService<IAgentFinder>();

        await Eventually.HoldsAsync(() => finder.Progress.Embedded == 2);

        finder.Progress.Model.ShouldBe("stand-in-1");
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-1' AND octet_length(vector) = 16")).ShouldBe(2);
        app.Model.Requests.SelectMany(r => r).Count(t => t.Contains("Explores", StringComparison.Ordinal)).ShouldBe(2);
        var viewer = new Viewer(tenant);
        (await finder.SimilarAsync((await finder.FindAsync(new AgentSearch { Query = "Nautilus" }, viewer, 5, null, default)).Value.Items[0].Id, viewer, 5, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_agent_that_shares_no_word_with_the_query_is_found_by_its_vector_by_those_who_may_call_it()
    {
        var (tenant, other) = (new TenantId(Guid.CreateVersion7()), new TenantId(Guid.CreateVersion7()));
        var open = await RegisterAsync(tenant, "Nautilus of the open sea");
        var hidden = await RegisterAsync(tenant, "Nautilus of the inner sea", AgentVisibility.Tenant);
        await RegisterAsync(tenant, "Sahara caravan");
        await AllEmbeddedAsync();

        (await FoundAsync("qwzmarine", tenant, other)).ShouldBe([open]);
        (await FoundAsync("qwzmarine", tenant)).ShouldBe([open, hidden], ignoreOrder: true);
        (await FoundAsync("qwzmarine", tenant, tenant, "work.other")).ShouldBeEmpty();
        (await FoundAsync("qwzaloft", tenant)).ShouldBeEmpty();
        var hit = (await Finder.FindAsync(new AgentSearch { Query = "qwzmarine", Organisation = tenant }, new Viewer(tenant), 1, null, default)).Value.Items[0];
        hit.Components.Lexical.ShouldBe(0);
        hit.Components.Semantic!.Value.ShouldBeGreaterThan(0.5m);
    }

    [Fact]
    public async Task A_vector_stays_with_its_text_through_other_changes_and_a_pause_and_goes_with_the_text()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        var person = Actors.Person(tenant);
        var agent = await RegisterAsync(tenant, "Nautilus of the deep");
        await AllEmbeddedAsync();
        (await FoundAsync("qwzmarine", tenant)).ShouldBe([agent]);
        var asked = app.Model.Requests.SelectMany(r => r).Count(t => t.Contains("of the deep", StringComparison.Ordinal));

        (await app.SendAsync(person, new EditAgent(agent, Profile("Nautilus of the deep") with { BasePrice = Money.Usd(7) }))).Succeeded.ShouldBeTrue();
        await Eventually.HoldsAsync(async () => (await Finder.FindOneAsync(agent, new Viewer(tenant), default))!.BasePrice == Money.Usd(7));
        (await FoundAsync("qwzmarine", tenant)).ShouldBe([agent]);

        (await app.SendAsync(person, new PauseAgent(agent))).Succeeded.ShouldBeTrue();
        await Eventually.HoldsAsync(async () => await Finder.FindOneAsync(agent, new Viewer(tenant), default) is null);
        (await app.SendAsync(person, new ResumeAgent(agent))).Succeeded.ShouldBeTrue();
        await Eventually.HoldsAsync(async () => (await FoundAsync("qwzmarine", tenant)).Count == 1);
        app.Model.Requests.SelectMany(r => r).Count(t => t.Contains("of the deep", StringComparison.Ordinal)).ShouldBe(asked);

        (await app.SendAsync(person, new EditAgent(agent, Profile("Sahara of the deep")))).Succeeded.ShouldBeTrue();
        await Eventually.HoldsAsync(async () => (await Finder.FindOneAsync(agent, new Viewer(tenant), default))!.Name == "Sahara of the deep");
        (await FoundAsync("qwzmarine", tenant)).ShouldBeEmpty();
        await AllEmbeddedAsync();
        (await FoundAsync("qwzmarine", tenant)).ShouldBeEmpty();
    }

    [Fact]
    public void A_models_vectors_are_not_mixed_with_built_in_ones_though_they_have_as_many_numbers()
    {
        var reader = new FeatureReader(Thesaurus.BuiltIn);
        var text = reader.Of(new AgentText("Trip planner", "Plans trips.", ["travel.plan"], [], []));
        var embedder = new BuiltInEmbedder(Thesaurus.BuiltIn);
        embedder.Fit([text]);
        var index = new TextIndex(Thesaurus.BuiltIn, embedder, ofModel: BuiltInEmbedder.Dimensions);

        index.VectorOf(text).ShouldBeNull();
        index.Add(text);

        index.NearestTo(0, [1], 1).ShouldBeEmpty();
        index.Search("plan a trip", [1], 1).ShouldHaveSingleItem().Semantic.ShouldBeLessThanOrEqualTo(0.7f);
    }

    [Fact]
    public async Task Another_models_name_embeds_all_texts_anew_in_batches_with_progress_and_what_is_the_same_once()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        for (var i = 0; i < 10; i++)
            (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(new AgentProfile($"Explorer {i}", $"Explores place {i}.", ["work.do"], null, Money.Usd(1), AgentVisibility.Public, [], [], 1)))).Succeeded.ShouldBeTrue();
        await AllEmbeddedAsync();
        var before = await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-1'");

        var model = new StandInModel();
        model.Faults.Enqueue(HttpStatusCode.TooManyRequests);
        await using var second = app.NewNode().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Hermes:Embeddings:Model", "stand-in-2");
            builder.UseSetting("Hermes:Embeddings:BatchSize", "4");
            builder.ConfigureServices(services => services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(sp =>
                new EndpointEmbeddings(new HttpClient(model), sp.GetRequiredService<EmbeddingSettings>(), TimeProvider.System)));
        });
        var other = second.Services.GetRequiredService<IAgentFinder>();
        await Eventually.HoldsAsync(() => other.Progress is { IsReady: true, Indexed: >= 10 } now && now.Embedded == now.Indexed);

        other.Progress.Model.ShouldBe("stand-in-2");
        model.Requests.Max(r => r.Length).ShouldBeLessThanOrEqualTo(4);
        var texts = model.Requests.SelectMany(r => r).ToList();
        texts.Count.ShouldBe(texts.Distinct().Count());
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-2'")).ShouldBe(texts.Count);
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-1'")).ShouldBe(before);

        // An endpoint that refuses is left alone for a while; what it said before is still known.
        var viewer = new Viewer(tenant);
        Task<Hermes.Domain.Shared.Result<Hermes.Application.Shared.Page<FoundAgent>>> AskAsync(string text) => other.FindAsync(new AgentSearch { Query = text }, viewer, 5, null, default);
        await AskAsync("Nautilus");
        model.Faults.Enqueue(HttpStatusCode.Unauthorized);
        await AskAsync("Sahara");
        model.Faults.ShouldBeEmpty();
        var answered = model.Requests.Count;
        (await AskAsync("explores a place")).Value.Items.ShouldNotBeEmpty();
        model.Requests.Count.ShouldBe(answered);
        var ready = await (await second.CreateClient().GetAsync("/health/ready")).JsonAsync(HttpStatusCode.OK);
        ready.GetProperty("checks").GetProperty("search").GetProperty("description").GetString()!.ShouldContain("agents");
    }

    private IAgentFinder Finder => app.Services.GetRequiredService<IAgentFinder>();

    private static AgentProfile Profile(string name, AgentVisibility visibility = AgentVisibility.Public) => new(name, "Explores.", ["work.do"], null, Money.Usd(1), visibility, [], [], 1);

    private async Task<AgentId> RegisterAsync(TenantId tenant, string name, AgentVisibility visibility = AgentVisibility.Public) =>
        (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(Profile(name, visibility)))).Value.Id;

    // Of the owner's agents: other tests' are there, too.
    private async Task<List<AgentId>> FoundAsync(string text, TenantId owner, TenantId? viewer = null, params string[] capabilities) =>
        [.. (await Finder.FindAsync(new AgentSearch { Query = text, Organisation = owner, Capabilities = capabilities }, new Viewer(viewer ?? owner), 100, null, default)).Value.Items.Select(a => a.Id)];

    // Other tests' agents are there, too: all of them must be in before any are counted.
    private async Task AllEmbeddedAsync()
    {
        var listed = await app.SqlAsync<long>("SELECT count(*) FROM agents.agents WHERE status = 'active' AND listing = 'listed'");
        await Eventually.HoldsAsync(() => Finder.Progress is var now && now.Indexed >= listed && now.Embedded == now.Indexed);
    }
}
