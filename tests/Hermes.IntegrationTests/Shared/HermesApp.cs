using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using MediatR;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Hermes.IntegrationTests.Shared;

/// <summary>
/// The real app on a database of its own: a class fixture. Requests go through HTTP (<see cref="Client"/>) or, where a test
/// arranges, straight into the pipeline as a named actor (<see cref="SendAsync{T}"/>).
/// </summary>
public class HermesApp : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new()
    {
        ["Hermes:Demo"] = "false",
        // Most tests' agents name endpoints where nothing is.
        ["Hermes:Probes:Enabled"] = "false",
        ["Hermes:Outgoing:Allow:0"] = "127.0.0.1",
        // Tests make the very same call and contract again and mean it; those of the derived keys switch them on.
        ["Hermes:Idempotency:DerivedWindow"] = "00:00:00",
        // Most tests want a decision to count at once; the tests of disputes set times of their own.
        ["Hermes:Disputes:ResponseHours"] = "0",
        ["Hermes:Disputes:AppealHours"] = "0",
        ["Hermes:RateLimits:AddressPerMinute"] = "0",
        ["Hermes:RateLimits:SignInsPerMinute"] = "0",
        // Tests make as many agents as they like, at the share that they expect.
        ["Hermes:Plans:Enforce"] = "false",
        ["Hermes:Plans:Default"] = "Pro",
        ["Logging:LogLevel:Default"] = "Warning",
    };

    private readonly ConcurrentBag<WebApplicationFactory<Program>> _nodes = [];
    private WebApplicationFactory<Program>? _factory;

    /// <summary>Its clock.</summary>
    public TestClock Clock { get; } = new();

    /// <summary>Its database.</summary>
    public HermesDatabase Database { get; private set; } = null!;

    /// <summary>The running app.</summary>
    public WebApplicationFactory<Program> Factory => _factory ?? throw new InvalidOperationException("Not started.");

    /// <summary>Its services.</summary>
    public IServiceProvider Services => Factory.Services;

    /// <summary>A setting for this fixture; override <see cref="Configure"/> to set before start.</summary>
    protected void Set(string key, string? value) => _settings[key] = value;

    /// <summary>Settings and service replacements of a derived fixture.</summary>
    protected virtual void Configure(IWebHostBuilder builder)
    {
    }

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        Database = await TestCluster.CloneAsync();
        _factory = NewNode();
        _ = _factory.Server;
    }

    /// <summary>Only the database, for tests that start the nodes themselves.</summary>
    public async Task CloneOnlyAsync() => Database = await TestCluster.CloneAsync();

    /// <summary>Another node on the same database; it ends with this app, or sooner when the caller disposes it.</summary>
    public WebApplicationFactory<Program> NewNode()
    {
        var node = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseEnvironment("Testing");
            builder.UseSetting("ConnectionStrings:Hermes", Database.Owner);
            builder.UseSetting("urls", "http://127.0.0.1:0");
            foreach (var (key, value) in _settings)
                builder.UseSetting(key, value);
            builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock)));
            Configure(builder);
        });
        _nodes.Add(node);
        return node;
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        // One that went on without its database would write errors until the last test has ended.
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await TestCluster.DropAsync(Database);
    }

    /// <summary>A client without redirects or cookies of others, with a bearer token where one is given.</summary>
    public HttpClient Client(string? bearer = null)
    {
        var client = Factory.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        if (bearer is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return client;
    }

    /// <summary>Sends a request into the pipeline as the actor, in a scope of its own.</summary>
    public async Task<Result<T>> SendAsync<T>(Actor actor, IRequest<Result<T>> request)
    {
        await using var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor);
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    /// <summary>Runs a statement as the schema's owner: to look at or to damage rows.</summary>
    public async Task<T?> SqlAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }
}

/// <summary>Actors for tests.</summary>
public static class Actors
{
    /// <summary>A person with every permission of people in the tenant, or with only those named.</summary>
    public static Actor Person(TenantId tenant, params string[] permissions) => new()
    {
        Kind = ActorKind.Person,
        Name = "person@example.test",
        Person = new PersonId(Guid.CreateVersion7()),
        Tenant = tenant,
        Permissions = permissions.Length == 0 ? Permissions.ForPeople : permissions.ToFrozenSet(),
    };

    /// <summary>An operator without tenant.</summary>
    public static Actor Operator() => new()
    {
        Kind = ActorKind.Person,
        Name = "operator@example.test",
        Person = new PersonId(Guid.CreateVersion7()),
        IsOperator = true,
    };

    /// <summary>An agent of the tenant with all scopes.</summary>
    public static Actor Agent(AgentId agent, TenantId tenant) => new()
    {
        Kind = ActorKind.Agent,
        Name = "agent",
        Agent = agent,
        Tenant = tenant,
        Permissions = Permissions.ForAgents,
    };

    /// <summary>A system actor.</summary>
    public static Actor System(TenantId? tenant = null) => new() { Kind = ActorKind.System, Name = "test", Tenant = tenant };
}

/// <summary>Reading answers.</summary>
public static class Answers
{
    /// <summary>The JSON body; fails with the body's text when the status is not the expected one.</summary>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, global::System.Net.HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(expected, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Posts JSON as Hermes writes it.</summary>
    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient client, string path, object body) =>
        client.PostAsync(path, JsonContent.Create(body, body.GetType(), options: HermesJson.Options));
}
