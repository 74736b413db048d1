using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Agents.Public;
using Hermes.Application.Calls;
using Hermes.Application.Mesh.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Hermes.Web.A2A;

/// <summary>
/// Hermes as an A2A 1.0 server. Every agent has an address of its own, at which it is called by JSON-RPC (POST) and by REST
/// below it, and where its card lies; so have the mesh and, where it is switched on, the conformance agent.
/// </summary>
internal sealed class A2AServerEndpoints : IRootEndpoints
{
    public void Map(IEndpointRouteBuilder root)
    {
        // No request body is bound: it is read as bytes, and what is wrong with it is said in the protocol's words.
        Map(root.MapGroup("/a2a/agents/{agentId:guid}").ExcludeFromDescription());
        Map(root.MapGroup("/a2a/{builtIn:regex(^(mesh|conformance)$)}").ExcludeFromDescription());
        root.MapGet("/.well-known/agent-card.json", MeshCardAsync).ExcludeFromDescription();
    }

    private static void Map(RouteGroupBuilder agent)
    {
        agent.MapPost("", RpcAsync);
        agent.MapGet("/.well-known/agent-card.json", CardAsync);
        agent.MapGet("/.well-known/agent.json", CardAsync);
        // Verbs after a colon don't fit route templates beside each other: the rest of the path is read by hand.
        agent.MapMethods("/{**rest}", [HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete], RestAsync);
    }

    private static Task RpcAsync(HttpContext context, A2AServer server) => server.RpcAsync(context);

    private static Task RestAsync(string rest, HttpContext context, A2AServer server) => server.RestAsync(context, rest);

    private static Task CardAsync(HttpContext context, A2AServer server) => server.CardAsync(context, A2AServer.AgentOf(context));

    private static Task MeshCardAsync(HttpContext context, A2AServer server) => server.CardAsync(context, BuiltInAgents.Mesh);
}

/// <summary>Reads requests of both bindings, answers them, and makes cards.</summary>
internal sealed class A2AServer(
    InstallationSettings installation, A2AServerSettings settings, ITenants tenants, ICallTargets endpoints, IInstallationSigner signer, ISystemScopes scopes, ILogger<A2AServer> logger)
{
    private const int MostSignatures = 10_000;
    private static readonly string[] PlainModes = ["text/plain", "application/json"];
    private static readonly string[] AnyModes = [.. PlainModes, "*/*"];

    // Signatures by what they sign: the same card has the same one for as long as this node runs.
    private readonly ConcurrentDictionary<string, AgentCardSignature> _signatures = new(StringComparer.Ordinal);

    private const int MaxBody = 2 * 1024 * 1024;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>The agent that a route is about.</summary>
    public static AgentId AgentOf(HttpContext context) =>
        context.GetRouteValue("builtIn") is string name ? name == "mesh" ? BuiltInAgents.Mesh : BuiltInAgents.Conformance : new AgentId(Guid.Parse((string)context.GetRouteValue("agentId")!, CultureInfo.InvariantCulture));

    /// <summary>JSON-RPC.</summary>
    public async Task RpcAsync(HttpContext context)
    {
        JsonElement? id = null;
        try
        {
            RefuseStrangers(context);
            var body = await BodyAsync(context, "application/json");
            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || version.GetString() != "2.0")
                throw new A2AException(A2AErrors.InvalidRequest);
            if (body.TryGetProperty("id", out var given))
                id = given.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null ? given : throw new A2AException(A2AErrors.InvalidRequest);
            if (!body.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
                throw new A2AException(A2AErrors.InvalidRequest);
            var parameters = body.TryGetProperty("params", out var p) ? p : JsonElement.Parse("{}");
            await ServeAsync(context, method.GetString()!, parameters, "application/json", value => A2AAnswers.Rpc(id, value), error => A2AAnswers.Rpc(id, error));
        }
        catch (A2AException refusal)
        {
            await WriteAsync(context, A2AAnswers.RpcStatus(refusal.Error), "application/json", A2AAnswers.Rpc(id, refusal.Error));
        }
    }

    /// <summary>REST: the method follows from verb and path, the parameters from path, query and body.</summary>
    public async Task RestAsync(HttpContext context, string rest)
    {
        try
        {
            RefuseStrangers(context);
            var (method, parameters) = await RestRequestAsync(context, rest);
            await ServeAsync(context, method, parameters, A2AJson.MediaType, value => A2AJson.Write(value), A2AAnswers.Rest);
        }
        catch (A2AException refusal)
        {
            await WriteAsync(context, refusal.Error.HttpStatus, A2AJson.MediaType, A2AAnswers.Rest(refusal.Error));
        }
    }

    /// <summary>The card, with what caches need.</summary>
    public async Task CardAsync(HttpContext context, AgentId id)
    {
        if (await FindAsync(context, id) is not { } agent)
        {
            await ResultHttp.Problem(Domain.Calls.CallErrors.AgentNotFound).ExecuteAsync(context);
            return;
        }
        var card = await CardOfAsync(context, agent, extended: false);
        var json = A2AJson.Write(card);
        // Without the signature, which another node makes anew.
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.OfCard(card)).AsSpan(0, 12))}\"");
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.LastModified = agent.ChangedAt;
        headers.CacheControl = new CacheControlHeaderValue { Public = agent.Facts.IsPublic, Private = !agent.Facts.IsPublic, MaxAge = TimeSpan.FromMinutes(1) };
        context.Response.Headers.Vary = "Authorization";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false)))
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await WriteAsync(context, StatusCodes.Status200OK, "application/json", json);
    }

    private async Task ServeAsync(HttpContext context, string method, JsonElement parameters, string mediaType, Func<object, byte[]> write, Func<A2AError, byte[]> fail)
    {
        CheckVersion(context);
        var agent = AgentOf(context);
        await using var visitor = VisitorOf(context, agent);
        var mediator = visitor?.Services.GetRequiredService<IMediator>() ?? context.RequestServices.GetRequiredService<IMediator>();
        if (agent == BuiltInAgents.Conformance && !settings.ConformanceAgent)
            throw new A2AException(A2AAnswers.Of(Domain.Calls.CallErrors.AgentNotFound));
        var operations = new A2AOperations(agent, mediator, context.Request.Headers.Origin.FirstOrDefault(), () => ModesAsync(context, agent), context.RequestAborted);
        try
        {
            if (A2AOperations.Streams(method))
                await StreamAsync(context, await operations.StreamAsync(method, parameters), write, fail);
            else
                await WriteAsync(context, StatusCodes.Status200OK, mediaType, write(method == A2AMethods.GetExtendedAgentCard ? await ExtendedCardAsync(context, agent) : await operations.AnswerAsync(method, parameters)));
        }
        catch (Exception failure) when (failure is not (A2AException or OperationCanceledException or IOException))
        {
            logger.LogError(failure, "{Method} of agent {Agent} failed.", method, agent);
            throw new A2AException(A2AErrors.Internal);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone; the call goes on.
        }
    }

    /// <summary>Before anything of the request is read: who has no key gets no further.</summary>
    private void RefuseStrangers(HttpContext context)
    {
        if (!IsAnonymous(context) || (AgentOf(context) == BuiltInAgents.Conformance && settings.ConformanceAgent))
            return;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new A2AException(A2AAnswers.Of(AccessErrors.SignInNeeded));
    }

    /// <summary>Nobody needs a key for the conformance agent, which is there in development only and calls for the platform itself.</summary>
    private ISystemScope? VisitorOf(HttpContext context, AgentId agent) =>
        agent == BuiltInAgents.Conformance && settings.ConformanceAgent && IsAnonymous(context) ? scopes.Begin("conformance", TenantId.Platform) : null;

    private static bool IsAnonymous(HttpContext context) => context.RequestServices.GetRequiredService<ICurrentActor>().Actor.Kind == ActorKind.Anonymous;

    private static async Task StreamAsync(HttpContext context, IAsyncEnumerable<StreamResponse> events, Func<object, byte[]> write, Func<A2AError, byte[]> fail)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(context.RequestAborted);
        try
        {
            await using var stream = events.GetAsyncEnumerator(context.RequestAborted);
            while (true)
            {
                var next = stream.MoveNextAsync().AsTask();
                while (!next.IsCompleted && !context.RequestAborted.IsCancellationRequested)
                {
                    await ((Task)next).WaitAsync(KeepAlive, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (!next.IsCompleted)
                        await BeatAsync(context).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                if (!await next)
                    break;
                await DataAsync(context, write(stream.Current));
            }
        }
        catch (A2AException refusal)
        {
            await DataAsync(context, fail(refusal.Error));
        }
    }

    /// <summary>Fills a silence with a comment: proxies cut what they take for dead.</summary>
    private static async Task BeatAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(": \n\n"u8.ToArray(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static async Task DataAsync(HttpContext context, byte[] json)
    {
        var body = context.Response.Body;
        await body.WriteAsync("data: "u8.ToArray(), context.RequestAborted);
        await body.WriteAsync(json, context.RequestAborted);
        await body.WriteAsync("\n\n"u8.ToArray(), context.RequestAborted);
        await body.FlushAsync(context.RequestAborted);
    }

    private static void CheckVersion(HttpContext context)
    {
        var said = context.Request.Headers[A2AJson.VersionHeader].ToString();
        if (said.Length == 0)
            said = context.Request.Query[A2AJson.VersionHeader].ToString();
        // Who says nothing speaks 0.3. A patch version changes nothing.
        if (said != A2AJson.Version && !said.StartsWith(A2AJson.Version + ".", StringComparison.Ordinal))
            throw new A2AException(A2AErrors.VersionNotSupported);
        context.Response.Headers[A2AJson.VersionHeader] = A2AJson.Version;
    }

    private static async Task<JsonElement> BodyAsync(HttpContext context, params string[] types)
    {
        var request = context.Request;
        var type = request.ContentType?.Split(';')[0].Trim() ?? "";
        if (!types.Contains(type, StringComparer.OrdinalIgnoreCase))
            throw new A2AException(A2AErrors.ContentTypeNotSupported.Because($"Send {types[0]}."));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        try
        {
            using var buffer = new MemoryStream();
            await request.Body.CopyToAsync(buffer, context.RequestAborted);
            if (buffer.Length > MaxBody)
                throw new A2AException(A2AErrors.InvalidRequest.Because($"At most {MaxBody} bytes."));
            return InputJson.Read(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        }
        catch (JsonException)
        {
            throw new A2AException(A2AErrors.ParseError);
        }
        catch (BadHttpRequestException)
        {
            throw new A2AException(A2AErrors.InvalidRequest.Because($"At most {MaxBody} bytes."));
        }
    }

    private static async Task<(string Method, JsonElement Parameters)> RestRequestAsync(HttpContext context, string rest)
    {
        var request = context.Request;
        var get = HttpMethods.IsGet(request.Method);
        var post = HttpMethods.IsPost(request.Method);
        // The protocol binds the same paths below the tenant that a card names: a card of Hermes names none.
        var path = rest.Trim('/');
        if (post && path is "message:send" or "message:stream")
            return (path == "message:send" ? A2AMethods.SendMessage : A2AMethods.SendStreamingMessage, await BodyAsync(context, A2AJson.MediaType, "application/json"));
        if (get && path == "extendedAgentCard")
            return (A2AMethods.GetExtendedAgentCard, JsonElement.Parse("{}"));
        if (get && path == "tasks")
            return (A2AMethods.ListTasks, Query(request, []));
        var parts = path.Split('/');
        if (parts is ["tasks", var task])
        {
            if (get && !task.Contains(':', StringComparison.Ordinal))
                return (A2AMethods.GetTask, Query(request, new() { ["id"] = task }));
            if (post && task.EndsWith(":cancel", StringComparison.Ordinal))
                return (A2AMethods.CancelTask, JsonSerializer.SerializeToElement(new { id = task[..^7] }));
            if (task.EndsWith(":subscribe", StringComparison.Ordinal))
                return (A2AMethods.SubscribeToTask, JsonSerializer.SerializeToElement(new { id = task[..^10] }));
        }
        if (parts is ["tasks", var owner, "pushNotificationConfigs"])
        {
            if (get)
                return (A2AMethods.ListTaskPushNotificationConfigs, Query(request, new() { ["taskId"] = owner }));
            if (post)
            {
                var config = System.Text.Json.Nodes.JsonObject.Create(await BodyAsync(context, A2AJson.MediaType, "application/json") is { ValueKind: JsonValueKind.Object } body ? body : throw new A2AException(A2AErrors.InvalidParams))!;
                config["taskId"] = owner;
                return (A2AMethods.CreateTaskPushNotificationConfig, JsonSerializer.SerializeToElement(config));
            }
        }
        if (parts is ["tasks", var of, "pushNotificationConfigs", var id] && !post)
            return (get ? A2AMethods.GetTaskPushNotificationConfig : A2AMethods.DeleteTaskPushNotificationConfig, JsonSerializer.SerializeToElement(new { taskId = of, id }));
        throw new A2AException(A2AErrors.MethodNotFound);
    }

    private static readonly string[] Numbers = ["pageSize", "historyLength"];

    /// <summary>The query's members with the types that JSON has for them.</summary>
    private static JsonElement Query(HttpRequest request, Dictionary<string, object> members)
    {
        foreach (var (name, values) in request.Query)
        {
            var text = values.ToString();
            if (name == A2AJson.VersionHeader || members.ContainsKey(name) || text.Length == 0)
                continue;
            members[name] = Numbers.Contains(name) ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new A2AException(A2AErrors.InvalidParams.Because($"{name} must be a number."))
                : name == "includeArtifacts" ? text == "true" : text;
        }
        return JsonSerializer.SerializeToElement(members);
    }

    private async Task<CallTarget?> FindAsync(HttpContext context, AgentId id)
    {
        if (id == BuiltInAgents.Conformance && !settings.ConformanceAgent)
            return null;
        var found = await context.RequestServices.GetRequiredService<IMediator>().Send(new FindCallableAgent(id), context.RequestAborted);
        return found.Succeeded ? found.Value : null;
    }

    private async Task<AgentCard> ExtendedCardAsync(HttpContext context, AgentId id) =>
        await FindAsync(context, id) is { } agent ? await CardOfAsync(context, agent, extended: true) : throw new A2AException(A2AAnswers.Of(Domain.Calls.CallErrors.AgentNotFound));

    private async Task<AgentCard> CardOfAsync(HttpContext context, CallTarget agent, bool extended)
    {
        var root = installation.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{context.Request.Scheme}://{context.Request.Host}";
        var url = agent.Id == BuiltInAgents.Mesh ? $"{root}/a2a/mesh" : agent.Id == BuiltInAgents.Conformance ? $"{root}/a2a/conformance" : $"{root}/a2a/agents/{agent.Id}";
        var owner = agent.TenantId == TenantId.Platform ? "Hermes" : (await tenants.FindAsync(agent.TenantId, context.RequestAborted))?.Name ?? "Hermes";
        var description = agent.Description.Length > 0 ? agent.Description : agent.Name;
        var open = agent.Id == BuiltInAgents.Conformance;
        var (takes, makes) = await ModesAsync(agent, context.RequestAborted);
        var card = new AgentCard
        {
            Name = agent.Name,
            Description = description,
            SupportedInterfaces =
            [
                new AgentInterface { Url = url, ProtocolBinding = ProtocolBindings.JsonRpc, ProtocolVersion = A2AJson.Version },
                new AgentInterface { Url = url, ProtocolBinding = ProtocolBindings.HttpJson, ProtocolVersion = A2AJson.Version },
            ],
            Provider = new AgentProvider { Organization = owner, Url = root },
            Version = string.Create(CultureInfo.InvariantCulture, $"1.0.{agent.ChangedAt.ToUnixTimeSeconds()}"),
            Capabilities = new AgentCapabilities { Streaming = true, PushNotifications = true, ExtendedAgentCard = true },
            SecuritySchemes = open ? null : new Dictionary<string, SecurityScheme>
            {
                ["hermes"] = new() { HttpAuthSecurityScheme = new HttpAuthSecurityScheme { Scheme = "Bearer", Description = "An agent's key (hk_…) or a person's token (hp_…) of Hermes." } },
            },
            SecurityRequirements = open ? null : [new SecurityRequirement { Schemes = new Dictionary<string, StringList> { ["hermes"] = new() } }],
            DefaultInputModes = takes,
            DefaultOutputModes = makes,
            Skills =
            [
                .. agent.Capabilities.Select(c => new AgentSkill
                {
                    Id = c,
                    Name = c,
                    Description = extended && agent.Terms.ToString() != "free" ? $"{description} It costs {agent.Terms}; the most is held when a call starts and paid when it is completed." : description,
                    Tags = agent.Tags.Count > 0 ? agent.Tags : [c],
                }),
            ],
        };
        return IsOwn(context) ? await SignedAsync(card, root, context.RequestAborted) : card;
    }

    // What is signed says where the agent is. Without a configured address that is whatever the request calls this host, so
    // only a name of the machine itself is signed: it leads nobody elsewhere.
    private bool IsOwn(HttpContext context) =>
        installation.PublicUrl is not null || context.Request.Host.Host == "localhost" || (IPAddress.TryParse(context.Request.Host.Host, out var address) && IPAddress.IsLoopback(address));

    private async Task<IReadOnlyList<string>> ModesAsync(HttpContext context, AgentId id) =>
        await FindAsync(context, id) is { } agent ? (await ModesAsync(agent, context.RequestAborted)).Takes : AnyModes;

    /// <summary>MIME types that an agent takes and makes: its own card's; what has none says for itself what it can't read.</summary>
    private async Task<(IReadOnlyList<string> Takes, IReadOnlyList<string> Makes)> ModesAsync(CallTarget agent, CancellationToken cancellationToken)
    {
        if (BuiltInAgents.Is(agent.Id))
            return (PlainModes, agent.Id == BuiltInAgents.Mesh ? AnyModes : PlainModes);
        var card = agent.Endpoint is null ? null : await endpoints.CardOfAsync(agent.Id, cancellationToken);
        return (card is { DefaultInputModes.Count: > 0 } ? card.DefaultInputModes : AnyModes, card is { DefaultOutputModes.Count: > 0 } ? card.DefaultOutputModes : AnyModes);
    }

    private async Task<AgentCard> SignedAsync(AgentCard card, string root, CancellationToken cancellationToken)
    {
        var payload = CanonicalJson.OfCard(card);
        var known = Convert.ToHexString(SHA256.HashData(payload));
        if (!_signatures.TryGetValue(known, out var signature))
        {
            var made = await signer.SignAsync(payload, $"{root}/.well-known/jwks.json", cancellationToken);
            if (_signatures.Count > MostSignatures)
                _signatures.Clear();
            signature = _signatures.GetOrAdd(known, new AgentCardSignature { Protected = made.Protected, Signature = made.Signature });
        }
        return card with { Signatures = [signature] };
    }

    private static Task WriteAsync(HttpContext context, int status, string mediaType, byte[] json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }
}

/// <summary>Registers the server.</summary>
internal sealed class A2AServerModule : Infrastructure.Shared.IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<A2AServer>();
}
