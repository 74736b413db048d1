using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Embeddings;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>An OpenAI-compatible endpoint that stands in for a model: it knows two things, the sea and the desert.</summary>
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
        var vector = new float[8];
        vector[0] = text.Contains("Nautilus", StringComparison.Ordinal) || text.Contains("qwzmarine", StringComparison.Ordinal) ? 3 : 0.1f;
        vector[1] = text.Contains("Sahara", StringComparison.Ordinal) ? 3 : 0.1f;
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
        for (var i = 0; i < 500 && finder.Progress.Embedded < 2; i++)
            await Task.Delay(20);

        finder.Progress.Embedded.ShouldBe(2);
        finder.Progress.Model.ShouldBe("stand-in-1");
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-1' AND octet_length(vector) = 16")).ShouldBe(2);
        app.Model.Requests.SelectMany(r => r).Count(t => t.Contains("Explores", StringComparison.Ordinal)).ShouldBe(2);
        var viewer = new Viewer(tenant);
        (await finder.SimilarAsync((await finder.FindAsync(new AgentSearch { Query = "Nautilus" }, viewer, 5, null, default)).Value.Items[0].Id, viewer, 5, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Another_models_name_embeds_all_texts_anew_in_batches_with_progress_and_what_is_the_same_once()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        for (var i = 0; i < 10; i++)
            (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(new AgentProfile($"Explorer {i}", $"Explores place {i}.", ["work.do"], null, Money.Usd(1), AgentVisibility.Public, [], [], 1)))).Succeeded.ShouldBeTrue();
        var finder = app.Services.GetRequiredService<IAgentFinder>();
        // Other tests' agents are there, too: all of them must be in before any are counted.
        var listed = await app.SqlAsync<long>("SELECT count(*) FROM agents.agents WHERE status = 'active' AND listing = 'listed'");
        await EventuallyAsync(() => finder.Progress is var now && now.Indexed >= listed && now.Embedded == now.Indexed);
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
        await EventuallyAsync(() => other.Progress is { IsReady: true, Indexed: >= 10 } now && now.Embedded == now.Indexed);

        other.Progress.Model.ShouldBe("stand-in-2");
        model.Requests.Max(r => r.Length).ShouldBeLessThanOrEqualTo(4);
        var texts = model.Requests.SelectMany(r => r).ToList();
        texts.Count.ShouldBe(texts.Distinct().Count());
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-2'")).ShouldBe(texts.Count);
        (await app.SqlAsync<long>("SELECT count(*) FROM marketplace.embeddings WHERE model = 'stand-in-1'")).ShouldBe(before);
        var ready = await (await second.CreateClient().GetAsync("/health/ready")).JsonAsync(HttpStatusCode.OK);
        ready.GetProperty("checks").GetProperty("search").GetProperty("description").GetString()!.ShouldContain("agents");
    }

    private static async Task EventuallyAsync(Func<bool> holds)
    {
        for (var turn = 0; !holds(); turn++)
        {
            turn.ShouldBeLessThan(1_000, "It never came true.");
            await Task.Delay(20);
        }
    }
}
