using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Identity;
using Hermes.Application.Notifications;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using MediatR;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;
using Npgsql;

namespace Hermes.BrowserTests;

/// <summary>The real app on Kestrel with a database of its own, and a browser. Time is the machine's: pages count down.</summary>
public sealed class BrowserApp : IAsyncLifetime
{
    /// <summary>Everybody's password.</summary>
    public const string Password = "a-long-enough-passphrase";

    private WebApplicationFactory<Program>? _factory;
    private IPlaywright? _playwright;
    private HermesDatabase? _database;

    public string Address { get; private set; } = "";

    public IBrowser Browser { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public IServiceProvider Services => _factory!.Services;

    public async Task InitializeAsync()
    {
        _database = await TestCluster.CloneAsync();
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseEnvironment("Testing");
            // A free port: without it Kestrel takes 5000, which somebody else may have.
            builder.UseUrls("http://127.0.0.1:0");
            builder.UseSetting("ConnectionStrings:Hermes", _database.Owner);
            builder.UseSetting("Hermes:Demo", "false");
            builder.UseSetting("Hermes:Plans:Enforce", "false");
            builder.UseSetting("Hermes:Idempotency:DerivedWindow", "00:00:00");
            // New payees are paid out to at once.
            builder.UseSetting("Hermes:Billing:HoldDays", "0");
            builder.UseSetting("Hermes:RateLimits:AddressPerMinute", "0");
            builder.UseSetting("Hermes:RateLimits:SignInsPerMinute", "0");
            builder.UseSetting("Hermes:Bootstrap:Email", "operator@example.test");
            builder.UseSetting("Hermes:Bootstrap:Password", Password);
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
            builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<IWrittenMail>(new SampleMail())));
        });
        _factory.UseKestrel(0);
        _factory.StartServer();
        Address = _factory.ClientOptions.BaseAddress.ToString().TrimEnd('/');
        Http = new HttpClient { BaseAddress = new Uri(Address) };
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout((float)Eventually.Patience.TotalMilliseconds);
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = FindBrowser(),
            Args = ["--no-sandbox"],
        });
    }

    // The machine's own: a browser that a package would download is neither updated nor wanted twice.
    private static string FindBrowser() =>
        new[] { Environment.GetEnvironmentVariable("HERMES_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" }
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("The browser tests need Chromium: install it (Debian: apt-get install chromium), or set HERMES_CHROMIUM to a Chromium or Chrome.");

    public async Task DisposeAsync()
    {
        // Null when the start failed: its failure is what should be read.
        if (Browser is not null)
            await Browser.DisposeAsync();
        _playwright?.Dispose();
        Http?.Dispose();
        if (_factory is not null)
            await _factory.DisposeAsync();
        if (_database is not null)
            await TestCluster.DropAsync(_database);
    }

    /// <summary>An organisation with its owner, who may do everything in it.</summary>
    public async Task<Organisation> OrganisationAsync(string name, string owner)
    {
        var slug = $"{name.Split(' ')[0].ToLowerInvariant()}-{Guid.CreateVersion7().ToString()[^6..]}";
        var email = $"{owner.Split(' ')[0].ToLowerInvariant()}@{slug}.test";
        await using var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(Actors.Operator());
        var created = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new CreateTenant(name, slug, new OwnerInput(email, Password, owner)));
        created.Succeeded.ShouldBeTrue(created.Error?.ToString());
        var token = await PostAsync(null, "/api/v1/tokens", new { email, password = Password, name = "test" });
        return new Organisation(created.Value.Id.Value, email, token.GetProperty("token").GetString()!);
    }

    /// <summary>Posts JSON as somebody; fails with the answer's text unless it succeeded.</summary>
    public async Task<JsonElement> PostAsync(string? bearer, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue($"{path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>Money to spend.</summary>
    public Task FundAsync(Organisation organisation, string amount) =>
        PostAsync(organisation.Token, $"/api/v1/orgs/{organisation.Id}/wallet", new { amount = new { amount, currency = "USD" } });

    /// <summary>A public agent with its key.</summary>
    public async Task<BrowserAgent> AgentAsync(Organisation owner, string name, string price = "1.00")
    {
        var registered = await PostAsync(owner.Token, "/api/v1/agents/register", new
        {
            name,
            description = $"{name} condenses long texts to what matters.",
            capabilities = new[] { "text.summarise" },
            base_price = new { amount = price, currency = "USD" },
            visibility = "public",
            capacity = 5,
        });
        var agent = registered.TryGetProperty("agent", out var inner) ? inner : registered;
        return new BrowserAgent(agent.GetProperty("id").GetGuid(), name, FindKey(registered));
    }

    /// <summary>A signed-in browser of its own.</summary>
    public async Task<IPage> SignedInAsync(string email, BrowserNewContextOptions? options = null)
    {
        var context = await ContextAsync(options);
        var answer = await context.APIRequest.PostAsync("/api/v1/sign-in", new APIRequestContextOptions { DataObject = new { email, password = Password } });
        answer.Ok.ShouldBeTrue(await answer.TextAsync());
        return await context.NewPageAsync();
    }

    /// <summary>A browser in which nobody is signed in.</summary>
    public async Task<IPage> VisitorAsync(BrowserNewContextOptions? options = null) => await (await ContextAsync(options)).NewPageAsync();

    /// <summary>Lets the contract's bidding window be over.</summary>
    public async Task PassWindowAsync(string contract)
    {
        await using var connection = new NpgsqlConnection(_database!.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE id = '{contract}'", connection);
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    private async Task<IBrowserContext> ContextAsync(BrowserNewContextOptions? options)
    {
        options ??= new BrowserNewContextOptions();
        options.BaseURL = Address;
        var context = await Browser.NewContextAsync(options);
        context.SetDefaultTimeout((float)Eventually.Patience.TotalMilliseconds);
        return context;
    }

    private static string FindKey(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String when element.GetString()!.StartsWith("hk_", StringComparison.Ordinal) && element.GetString()!.Length > 20 => element.GetString()!,
        JsonValueKind.Object => element.EnumerateObject().Select(p => FindKey(p.Value)).FirstOrDefault(k => k.Length > 0) ?? "",
        _ => "",
    };
}

/// <summary>The page of mails is open in development only; here it has one.</summary>
internal sealed class SampleMail : IWrittenMail
{
    public bool IsOpen => true;

    public Task<IReadOnlyList<WrittenMail>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<WrittenMail>>(
        [new WrittenMail(Guid.CreateVersion7(), DateTimeOffset.UtcNow, "ada@aurora.example", "Confirm your address", "Open https://hermes.example/confirm?secret=abc to go on.")]);
}

/// <summary>An organisation with its owner's sign-in and token.</summary>
public sealed record Organisation(Guid Id, string Email, string Token);

/// <summary>An agent with its key.</summary>
public sealed record BrowserAgent(Guid Id, string Name, string Key);

/// <summary>One app and one browser for all tests of pages.</summary>
[CollectionDefinition("browser")]
public sealed class OneBrowser : ICollectionFixture<BrowserApp>;
