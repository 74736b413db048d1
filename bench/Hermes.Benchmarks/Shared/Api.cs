using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Shared;

namespace Hermes.Benchmarks.Shared;

/// <summary>One caller of a node's API.</summary>
public sealed class Api : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A caller with a token or key.</summary>
    public Api(Uri address, string? bearer, int connections = 256)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseCookies = false, UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        if (bearer is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
    }

    /// <summary>Posts JSON and reads the answer.</summary>
    /// <exception cref="InvalidOperationException">Anything but success.</exception>
    public async Task<JsonElement> PostAsync(string path, object? body, CancellationToken cancellationToken)
    {
        using var content = body is null ? null : JsonContent.Create(body, body.GetType(), options: HermesJson.Options);
        using var answer = await _http.PostAsync("/api/v1" + path, content, cancellationToken);
        return await ReadAsync("POST " + path, answer, cancellationToken);
    }

    /// <summary>Reads.</summary>
    /// <exception cref="InvalidOperationException">Anything but success.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync("/api/v1" + path, cancellationToken);
        return await ReadAsync("GET " + path, answer, cancellationToken);
    }

    /// <summary>Reads and throws the body away.</summary>
    public async Task DrainAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(path, cancellationToken);
        await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"GET {path}: {(int)answer.StatusCode}");
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static async Task<JsonElement> ReadAsync(string what, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{what}: {(int)answer.StatusCode} {System.Text.Encoding.UTF8.GetString(bytes)}");
        if (bytes.Length == 0)
            return default;
        using var document = JsonDocument.Parse(bytes);
        return document.RootElement.Clone();
    }
}

/// <summary>A tenant with its owner's token.</summary>
public sealed record BenchTenant(Guid Id, string Token);

/// <summary>An agent with its key.</summary>
public sealed record BenchAgent(Guid Id, string Key);

/// <summary>Arranges a market by the public API, as anyone would.</summary>
public static class Market
{
    /// <summary>A tenant with a filled wallet.</summary>
    public static async Task<BenchTenant> TenantAsync(Uri node, string slug, decimal credits, CancellationToken cancellationToken)
    {
        const string password = "bench-operator-7261-kiln";
        using var operators = new Api(node, Stage.OperatorToken);
        var tenant = await operators.PostAsync("/admin/tenants", new { Name = "Bench " + slug, Slug = slug, Owner = new { Email = $"{slug}@bench.test", Password = password, Name = slug } }, cancellationToken);
        using var nobody = new Api(node, null);
        var token = (await nobody.PostAsync("/tokens", new { Email = $"{slug}@bench.test", Password = password, Tenant = slug, Name = "bench" }, cancellationToken)).GetProperty("token").GetString()!;
        var id = tenant.GetProperty("id").GetGuid();
        if (credits > 0)
        {
            using var owner = new Api(node, token);
            await owner.PostAsync($"/orgs/{id}/wallet", new { Amount = new { Amount = credits.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture), Currency = "USD" } }, cancellationToken);
        }

        return new BenchTenant(id, token);
    }

    /// <summary>Agents of a tenant that can do one thing.</summary>
    /// <param name="node">The server.</param>
    /// <param name="tenant">Their owner.</param>
    /// <param name="count">How many.</param>
    /// <param name="capability">What they can do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="price">Dollars that a call costs.</param>
    /// <param name="endpoint">Where they answer calls; null for their sockets.</param>
    public static async Task<BenchAgent[]> AgentsAsync(Uri node, BenchTenant tenant, int count, string capability, CancellationToken cancellationToken, string price = "0", string? endpoint = null)
    {
        using var owner = new Api(node, tenant.Token);
        var agents = new BenchAgent[count];
        await Load.EachAsync(16, [.. Enumerable.Range(0, count)], async i =>
        {
            var made = await owner.PostAsync("/agents/register", new
            {
                Name = $"{capability} {i}",
                Description = "Works in benchmarks.",
                Capabilities = new[] { capability },
                Visibility = "public",
                Capacity = 100,
                BasePrice = new { Amount = price, Currency = "USD" },
                Endpoint = endpoint,
            }, cancellationToken);
            var agent = made.TryGetProperty("agent", out var nested) ? nested : made;
            agents[i] = new BenchAgent(agent.GetProperty("id").GetGuid(), made.GetProperty("key").GetString()!);
        }, cancellationToken);
        return agents;
    }
}
