using System.Globalization;
using System.Net.WebSockets;
using Hermes.Application.Agents.Public;
using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications;
using Hermes.Web.Shared;

namespace Hermes.Web.Live;

/// <summary>
/// <c>WS /ws/agent/{agent_id}/contracts</c>. The agent proves its key in the <c>Authorization</c> header or in its first
/// message; the address needs none.
/// </summary>
internal sealed class AgentSocketEndpoints : IEndpoints
{
    private const string Bearer = "Bearer ";
    private static readonly TimeSpan TimeToAuthenticate = TimeSpan.FromSeconds(10);
    private static readonly Error NoSocket = Error.Invalid("live.not_a_socket", "This address speaks WebSocket only.");
    private static readonly Error OtherAgent = Error.Forbidden("live.other_agent", "The key belongs to another agent.");
    private static readonly Error Stopping = new("live.stopping", "The server stops; connect again in a moment.", ErrorKind.Unavailable);

    public void Map(IEndpointRouteBuilder api) => api
        .MapMethods("/ws/agent/{agentId:guid}/contracts", [HttpMethods.Get, HttpMethods.Connect], ServeAsync)
        .ExcludeFromDescription();

    private static async Task ServeAsync(HttpContext context, Guid agentId, IAgentKeys keys, IActors actors, EventHub hub, EventLog log, EventListener listener,
        SocketKeeper keeper, ISystemScopes scopes, ILogger<AgentSocket> logger, LiveSettings settings, IHostApplicationLifetime lifetime)
    {
        var refusal = context.WebSockets.IsWebSocketRequest ? lifetime.ApplicationStopping.IsCancellationRequested ? Stopping : null : NoSocket;
        AgentPrincipal? principal = null;
        if (refusal is null && context.Request.Headers.Authorization.ToString() is { Length: > 0 } header)
        {
            principal = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? await keys.FindAsync(header[Bearer.Length..].Trim(), context.RequestAborted) : null;
            refusal = principal is null ? AccessErrors.SignInNeeded : principal.Agent.Value != agentId ? OtherAgent : null;
        }
        if (refusal is not null)
        {
            await ResultHttp.Problem(refusal).ExecuteAsync(context);
            return;
        }
        var heartbeat = TimeSpan.FromSeconds(settings.HeartbeatSeconds);
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = heartbeat, KeepAliveTimeout = heartbeat });
        var last = long.TryParse(context.Request.Query["last_event_id"], NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : (long?)null;
        if (principal is null)
        {
            (principal, var said) = await AuthenticateAsync(webSocket, agentId, keys, actors, settings, context.RequestAborted);
            last = said ?? last;
        }
        if (principal is null)
            return;
        await listener.Started.WaitAsync(context.RequestAborted);
        if ((await log.StandingsAsync([agentId], context.RequestAborted)).SingleOrDefault() is not { } standing)
            return;
        Subscription? subscription = null;
        using var socket = new AgentSocket(webSocket, principal, settings.QueueLength, settings.MaxMessageBytes)
        {
            PresenceSaid = s =>
            {
                if (subscription is not null)
                    subscription.IsBusy = s.Presence == Presence.Busy;
                keeper.Said(s);
            },
        };
        socket.Calls = new CallFrames(principal.Agent, scopes, socket.Answer, logger);
        keeper.Add(socket);
        try
        {
            // From here on the keeper hears of a revocation; one since the key was proved is still to be seen.
            if (!(await keys.CheckAsync(principal.Key, context.RequestAborted)).IsLive)
                socket.Close(SocketCloses.Unauthorised, "the key was revoked");
            await socket.RunAsync(hub, log, standing, last, s =>
            {
                subscription = s;
                s.IsBusy = socket.Presence == Presence.Busy;
            }, context.RequestAborted);
        }
        finally
        {
            keeper.Remove(socket);
        }
    }

    /// <summary>Waits for the first message; closes the socket and answers null when it proves nothing.</summary>
    private static async Task<(AgentPrincipal? Principal, long? LastEventId)> AuthenticateAsync(
        WebSocket socket, Guid agentId, IAgentKeys keys, IActors actors, LiveSettings settings, CancellationToken aborted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        limit.CancelAfter(TimeToAuthenticate);
        try
        {
            using var message = await AgentSocket.ReadMessageAsync(socket, settings.MaxMessageBytes, limit.Token);
            if (message is null)
                return (null, null);
            if (ClientMessage.TryRead(message.Bytes.Span, out var said) is not null || said is not { Type: "authenticate", Key: { } key })
            {
                await socket.CloseAsync(SocketCloses.Unauthorised, "the first message is {\"type\":\"authenticate\",\"key\":\"hk_…\"}", limit.Token);
                return (null, null);
            }
            // A suspended organisation's agents are recognised and refused.
            var principal = await actors.OfAgentKeyAsync(key, limit.Token) is { Refusal: null } ? await keys.FindAsync(key, limit.Token) : null;
            if (principal is not null && principal.Agent.Value == agentId)
                return (principal, said.LastEventId);
            await (principal is null
                ? socket.CloseAsync(SocketCloses.Unauthorised, "the key is unknown, ended or was revoked", limit.Token)
                : socket.CloseAsync(SocketCloses.OtherAgent, "the key belongs to another agent", limit.Token));
        }
        catch (Exception failure) when (failure is OperationCanceledException or WebSocketException or IOException)
        {
            // Silent for too long, or gone.
            socket.Abort();
        }
        return (null, null);
    }
}
