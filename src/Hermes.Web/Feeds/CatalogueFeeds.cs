using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.Net.Http.Headers;

namespace Hermes.Web.Feeds;

/// <summary>
/// Public listed agents for crawlers and other registries: the AI Catalog document (<c>ai-catalog.json</c>), the manifest of
/// Agentic Resource Discovery 0.91 (<c>ard.json</c>) and that specification's registry below <c>/ard</c>; its search is also
/// at <c>/search</c>. Members and errors are written as the specifications have them, and anybody's page may read them.
/// </summary>
internal sealed class CatalogueFeedEndpoints : IRootEndpoints
{
    public void Map(IEndpointRouteBuilder root)
    {
        var feeds = root.MapGroup("").ExcludeFromDescription();
        feeds.MapGet("/.well-known/ai-catalog.json", AiCatalogAsync);
        feeds.MapGet("/.well-known/ard.json", ArdAsync);
        feeds.MapGet("/ard/agents", ListAsync);
        feeds.MapGet("/ard/agents/{identifier}", OneAsync);
        feeds.MapPost("/ard/explore", ExploreAsync);
        foreach (var path in new[] { "/search", "/ard/search" })
        {
            feeds.MapPost(path, SearchAsync);
            feeds.MapMethods(path, [HttpMethods.Options], Preflight);
        }
    }

    private static Task AiCatalogAsync(HttpContext context, CatalogueFeeds feeds) => feeds.ManifestAsync(context, "ai-catalog.json", "application/ai-catalog+json");

    private static Task ArdAsync(HttpContext context, CatalogueFeeds feeds) => feeds.ManifestAsync(context, "ard.json", "application/json");

    private static Task ListAsync(HttpContext context, CatalogueFeeds feeds) => feeds.ListAsync(context);

    private static Task OneAsync(HttpContext context, string identifier, CatalogueFeeds feeds) => feeds.OneAsync(context, identifier);

    private static Task ExploreAsync(HttpContext context) =>
        CatalogueFeeds.FailAsync(context, StatusCodes.Status501NotImplemented, "NOT_IMPLEMENTED", "This registry has no facets; search it.");

    private static Task SearchAsync(HttpContext context, CatalogueFeeds feeds) => feeds.SearchAsync(context);

    private static Microsoft.AspNetCore.Http.IResult Preflight(HttpContext context) => CatalogueFeeds.Preflight(context);
}

/// <summary>Writes the feeds.</summary>
internal sealed partial class CatalogueFeeds(IMediator mediator, InstallationSettings installation)
{
    private const string CardType = "application/a2a-agent-card+json";
    private const string RegistryType = "application/ai-registry+json";
    private const int PageSize = 100;
    private const int MaxBody = 64 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One page of the manifest; the first one names the registry and the mesh, and each but the last the next one.</summary>
    public async Task ManifestAsync(HttpContext context, string name, string mediaType)
    {
        var (root, host) = Address(context);
        var cursor = context.Request.Query["cursor"].ToString() is { Length: > 0 } given ? given : null;
        var page = await mediator.Send(new ListPublicAgents(PageSize, cursor), context.RequestAborted);
        if (await FailedAsync(context, page))
            return;
        var entries = new List<Entry>();
        if (cursor is null)
        {
            entries.Add(new($"urn:air:{host}:registry:agents", "Hermes agents", RegistryType, $"{root}/ard/", "Searches all public agents of this network."));
            entries.Add(new($"urn:air:{host}:agent:mesh", "Hermes mesh", CardType, $"{root}/a2a/mesh/.well-known/agent-card.json",
                "Gets things done: posts what you ask for as a contract, awards the best bid, streams the progress and returns the delivery.")
            { Capabilities = ["mesh.get-this-done"], RepresentativeQueries = ["get this done by the best agent for the price", "hire an agent for a task and return its result"] });
        }
        entries.AddRange(page.Value.Items.Select(a => EntryOf(a, root, host)));
        if (page.Value.NextCursor is { } next)
        {
            var url = $"{root}/.well-known/{name}?cursor={Uri.EscapeDataString(next)}";
            entries.Add(new($"urn:air:{host}:catalog:{Hash(next)}", "More agents", "application/ai-catalog+json", url, "The next page of this catalogue."));
            context.Response.Headers.Link = $"<{url}>; rel=\"next\"";
        }
        var changed = page.Value.Items.Select(a => (DateTimeOffset?)a.ChangedAt).Max();
        await SendAsync(context, new Manifest("1.0", new Host("Hermes", host, $"{root}/developers/api"), entries), mediaType, changed);
    }

    /// <summary>A page of all entries, by name or the newest first.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var (root, host) = Address(context);
        var query = context.Request.Query;
        if (query["filter"].Count > 0)
            await FailAsync(context, 400, "INVALID_ARGUMENT", "This listing takes no filter; POST /search does.");
        else if (query["orderBy"].ToString() is not ("" or "displayName" or "updatedAt DESC"))
            await FailAsync(context, 400, "INVALID_ARGUMENT", "orderBy is displayName, or left out for the newest first.");
        else if (!ReadSize(query["pageSize"], 20, out var size))
            await FailAsync(context, 400, "INVALID_ARGUMENT", "pageSize is a number from 1 to 100.");
        else
        {
            var page = await mediator.Send(new ListPublicAgents(size, query["pageToken"].ToString() is { Length: > 0 } token ? token : null, query["orderBy"] == "displayName"), context.RequestAborted);
            if (!await FailedAsync(context, page))
                await SendAsync(context, new Listing([.. page.Value.Items.Select(a => EntryOf(a, root, host))], page.Value.NextCursor), "application/json", null);
        }
    }

    /// <summary>One entry by its identifier.</summary>
    public async Task OneAsync(HttpContext context, string identifier)
    {
        var (root, host) = Address(context);
        if (!Urn().IsMatch(identifier))
        {
            await FailAsync(context, 400, "INVALID_ARGUMENT", "An identifier is urn:air:<publisher>:<namespace>:<name>.");
            return;
        }
        var found = identifier.StartsWith($"urn:air:{host}:agent:", StringComparison.Ordinal) && Guid.TryParse(identifier[(identifier.LastIndexOf(':') + 1)..], out var id)
            ? await mediator.Send(new GetPublicAgent(AgentId.From(id)), context.RequestAborted)
            : MarketplaceErrors.NotFound;
        if (found.Succeeded)
            await SendAsync(context, EntryOf(found.Value, root, host), "application/json", found.Value.ChangedAt);
        else
            await FailAsync(context, 404, "NOT_FOUND", "There is no such entry in this registry.");
    }

    /// <summary>Searches by text; a filter's values are alternatives, its keys hold together.</summary>
    public async Task SearchAsync(HttpContext context)
    {
        var (root, host) = Address(context);
        if (await ReadAsync(context) is not { } asked)
        {
            await FailAsync(context, 400, "INVALID_ARGUMENT", "The body is {\"query\":{\"text\":\"…\",\"filter\":{…}},\"pageSize\":10}; text has 1 to 500 characters, pageSize 1 to 100.");
            return;
        }
        if (asked.Filter.Keys.FirstOrDefault(k => !Filters.ContainsKey(k)) is { } unknown)
        {
            await FailAsync(context, 400, "INVALID_ARGUMENT", $"This registry does not filter by '{unknown}'; it knows {string.Join(", ", Filters.Keys)}.");
            return;
        }
        var page = await mediator.Send(new SearchPublicAgents(asked.Text), context.RequestAborted);
        if (await FailedAsync(context, page))
            return;
        var found = page.Value.Items.Select(a => (Agent: a, Entry: EntryOf(a, root, host)))
            .Where(f => asked.Filter.All(c => c.Value.Any(v => Filters[c.Key](f.Entry).Contains(v, StringComparer.OrdinalIgnoreCase)))).ToList();
        var results = found.Skip(asked.From).Take(asked.Size).Select(f => f.Entry with
        {
            RepresentativeQueries = null,
            Score = (int)Math.Round(f.Agent.Components.Relevance * 100),
            Source = $"{root}/ard/",
        }).ToList();
        var next = asked.From + results.Count < found.Count ? Paging.Encode((asked.From + results.Count).ToString(CultureInfo.InvariantCulture)) : null;
        context.Response.Headers.CacheControl = "no-store";
        await SendAsync(context, new Found(results, next), "application/json", null);
    }

    /// <summary>What a page of another origin may do.</summary>
    public static Microsoft.AspNetCore.Http.IResult Preflight(HttpContext context)
    {
        Open(context);
        context.Response.Headers.AccessControlAllowMethods = "POST, OPTIONS";
        context.Response.Headers.AccessControlAllowHeaders = "Content-Type";
        context.Response.Headers.AccessControlMaxAge = "86400";
        return Results.NoContent();
    }

    /// <summary>A refusal in the specification's form.</summary>
    public static Task FailAsync(HttpContext context, int status, string code, string message)
    {
        Open(context);
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { errorCode = code, message }, Json, "application/json", context.RequestAborted);
    }

    private static async Task<bool> FailedAsync<T>(HttpContext context, Result<T> result)
    {
        if (result.Succeeded)
            return false;
        var filling = result.Error.Kind == ErrorKind.Unavailable;
        await FailAsync(context, filling ? 503 : 400, filling ? "UNAVAILABLE" : "INVALID_ARGUMENT", result.Error.Message);
        return true;
    }

    private static void Open(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlExposeHeaders = "ETag, Last-Modified, Link";
    }

    private static async Task SendAsync(HttpContext context, object body, string mediaType, DateTimeOffset? changed)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), Json);
        Open(context);
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12))}\"");
            var (answer, request) = (context.Response.GetTypedHeaders(), context.Request.GetTypedHeaders());
            (answer.ETag, answer.LastModified) = (tag, changed);
            answer.CacheControl = new CacheControlHeaderValue { Public = true, MaxAge = TimeSpan.FromMinutes(1) };
            // The tag decides where both are given.
            var unchanged = request.IfNoneMatch.Count > 0 ? request.IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false))
                : changed is { } at && request.IfModifiedSince is { } since && at.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
            if (unchanged)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private (string Root, string Host) Address(HttpContext context)
    {
        var root = installation.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{context.Request.Scheme}://{context.Request.Host}";
        return (root, new Uri(root).IdnHost);
    }

    private static Entry EntryOf(FoundAgent agent, string root, string host) => new($"urn:air:{host}:agent:{agent.Id}", agent.Name, CardType,
        $"{root}/a2a/agents/{agent.Id}/.well-known/agent-card.json", agent.Description.Length > 0 ? agent.Description : null)
    {
        Tags = [.. agent.Tags.Concat(agent.Categories).Distinct(StringComparer.Ordinal)],
        Capabilities = agent.Capabilities,
        RepresentativeQueries = QueriesOf(agent),
        UpdatedAt = agent.ChangedAt.UtcDateTime,
        Metadata = new Metadata(agent.BasePrice.ToAmountString(), agent.BasePrice.Currency.Code, agent.Reputation, agent.Languages, agent.Regions, $"{root}/marketplace/{agent.Id}"),
    };

    // What it says it does, and its capabilities as one would ask for them.
    private static string[]? QueriesOf(FoundAgent agent)
    {
        var first = agent.Description.Split(". ", 2)[0].TrimEnd('.');
        string[] queries = [.. (first.Length is > 0 and <= 200 ? [first] : (string[])[]), .. agent.Capabilities.Select(c => c.Replace('.', ' ').Replace('-', ' ').Replace('_', ' ')).Take(4)];
        return queries.Length > 0 ? queries : null;
    }

    private static readonly Dictionary<string, Func<Entry, IEnumerable<string>>> Filters = new(StringComparer.Ordinal)
    {
        ["type"] = e => [e.Type],
        ["tags"] = e => e.Tags ?? [],
        ["capabilities"] = e => e.Capabilities ?? [],
        ["identifier"] = e => [e.Identifier],
        ["displayName"] = e => [e.DisplayName],
        ["publisher"] = e => [e.Identifier.Split(':')[2]],
        ["metadata.languages"] = e => e.Metadata?.Languages ?? [],
        ["metadata.regions"] = e => e.Metadata?.Regions ?? [],
        ["metadata.currency"] = e => e.Metadata is { } m ? [m.Currency] : [],
    };

    private static async Task<Asked?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBody)
            return null;
        try
        {
            using var limit = new MemoryStream();
            var buffer = new byte[8_192];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
            {
                limit.Write(buffer, 0, read);
                if (limit.Length > MaxBody)
                    return null;
            }
            var body = InputJson.Read(limit.GetBuffer().AsSpan(0, (int)limit.Length));
            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("query", out var query) || query.ValueKind != JsonValueKind.Object
                || !query.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String || text.GetString()!.Trim() is not { Length: > 0 and <= 500 } words)
                return null;
            var (size, from) = (10, 0);
            if (body.TryGetProperty("pageSize", out var asked) && asked.ValueKind != JsonValueKind.Null && (asked.ValueKind != JsonValueKind.Number || !asked.TryGetInt32(out size) || size is < 1 or > 100))
                return null;
            if (body.TryGetProperty("federation", out var federation) && federation.ValueKind != JsonValueKind.Null
                && (federation.ValueKind != JsonValueKind.String || federation.GetString() is not ("auto" or "referrals" or "none")))
                return null;
            if (body.TryGetProperty("pageToken", out var token) && token.ValueKind != JsonValueKind.Null
                && (token.ValueKind != JsonValueKind.String || !int.TryParse(Paging.Decode(token.GetString()), NumberStyles.None, CultureInfo.InvariantCulture, out from)))
                return null;
            return ReadFilter(query) is { } filter ? new Asked(words, filter, size, from) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Dictionary<string, string[]>? ReadFilter(JsonElement query)
    {
        var filter = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (!query.TryGetProperty("filter", out var given) || given.ValueKind == JsonValueKind.Null)
            return filter;
        if (given.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var constraint in given.EnumerateObject())
        {
            var values = constraint.Value.ValueKind == JsonValueKind.Array ? constraint.Value.EnumerateArray().ToList() : [constraint.Value];
            if (values.Any(v => v.ValueKind != JsonValueKind.String))
                return null;
            filter[constraint.Name] = [.. values.Select(v => v.GetString()!)];
        }
        return filter;
    }

    private static bool ReadSize(string? text, int usual, out int size)
    {
        size = usual;
        return string.IsNullOrEmpty(text) || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= 100);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));

    [GeneratedRegex(@"^urn:air:[a-zA-Z0-9.-]+(:[a-zA-Z0-9._-]+)+$")]
    private static partial Regex Urn();

    private sealed record Asked(string Text, Dictionary<string, string[]> Filter, int Size, int From);

    private sealed record Manifest(string SpecVersion, Host Host, IReadOnlyList<Entry> Entries);

    private sealed record Host(string DisplayName, string Identifier, string DocumentationUrl);

    private sealed record Listing(IReadOnlyList<Entry> Items, string? PageToken);

    private sealed record Found(IReadOnlyList<Entry> Results, string? PageToken);

    private sealed record Metadata(string BasePrice, string Currency, decimal Reputation, IReadOnlyList<string> Languages, IReadOnlyList<string> Regions, string Page);

    private sealed record Entry(string Identifier, string DisplayName, string Type, string Url, string? Description)
    {
        public IReadOnlyList<string>? Tags { get; init; }
        public IReadOnlyList<string>? Capabilities { get; init; }
        public IReadOnlyList<string>? RepresentativeQueries { get; init; }
        public DateTime? UpdatedAt { get; init; }
        public Metadata? Metadata { get; init; }
        public int? Score { get; init; }
        public string? Source { get; init; }
    }
}
