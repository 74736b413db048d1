using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Hermes.Application.Agents.Public;
using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Web.Live;

/// <summary>Close codes beyond the standard ones.</summary>
internal static class SocketCloses
{
    /// <summary>The key is unknown, ended or was revoked; connecting again with it is of no use.</summary>
    public const WebSocketCloseStatus Unauthorised = (WebSocketCloseStatus)4401;

    /// <summary>The key is another agent's.</summary>
    public const WebSocketCloseStatus OtherAgent = (WebSocketCloseStatus)4403;

    /// <summary>A newer socket of the same agent took its place.</summary>
    public const WebSocketCloseStatus Replaced = (WebSocketCloseStatus)4409;

    /// <summary>Too slow, or the server is overloaded: connect again and resume (1013).</summary>
    public const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;
}

/// <summary>
/// One agent's connection, from the proved key to the closing handshake. One task sends, one receives; events come into a
/// bounded queue from the hub, which never waits for it.
/// </summary>
internal sealed class AgentSocket : IEventSink, IDisposable
{
    private static readonly ReadOnlyMemory<byte> Heartbeat = """{"type":"heartbeat"}"""u8.ToArray();
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);
    private const int ReplayPage = 200;

    private readonly WebSocket _socket;
    private readonly int _maxMessageBytes;
    private readonly Channel<Outgoing> _queue;
    private readonly CancellationTokenSource _ended = new();
    private int _closing;
    private (WebSocketCloseStatus Code, Func<string> Reason) _close;
    private long _sent;

    public AgentSocket(WebSocket socket, AgentPrincipal principal, int queueLength, int maxMessageBytes)
    {
        (_socket, Principal, _maxMessageBytes) = (socket, principal, maxMessageBytes);
        KeyEndsAt = principal.ExpiresAt;
        _queue = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(queueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    public AgentPrincipal Principal { get; }

    /// <summary>When its key ends; null for never.</summary>
    public DateTimeOffset? KeyEndsAt { get; set; }

    /// <summary>What it says of itself.</summary>
    public Presence Presence { get; private set; } = Presence.Online;

    /// <summary>Called when the agent says that it is busy or free again.</summary>
    public Action<AgentSocket>? PresenceSaid { get; init; }

    /// <summary>Takes what the agent says of calls; null where none is said.</summary>
    public CallFrames? Calls { get; set; }

    /// <summary>When closing was asked for, as a timestamp; null while it is open.</summary>
    public long? ClosingSince { get; private set; }

    public void Offer(LiveFrame frame)
    {
        if (!_queue.Writer.TryWrite(Of(frame)))
            Close(SocketCloses.TryAgainLater, () => $"too slow; resume from {Interlocked.Read(ref _sent)}");
    }

    /// <summary>Sends an answer of its own; dropped when the queue is full.</summary>
    public void Answer(byte[] bytes) => _queue.Writer.TryWrite(new Outgoing(null, bytes));

    public void Beat() => _queue.Writer.TryWrite(new Outgoing(null, Heartbeat));

    /// <summary>Asks for the end with this code; the first call counts.</summary>
    public void Close(WebSocketCloseStatus code, string reason) => Close(code, () => reason);

    /// <summary>Cuts a connection whose peer doesn't take part in closing it.</summary>
    public void Abort() => _ended.Cancel();

    /// <summary>After the keeper has let go of it.</summary>
    public void Dispose() => _ended.Dispose();

    private void Close(WebSocketCloseStatus code, Func<string> reason)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
            return;
        _close = (code, reason);
        ClosingSince = TimeProvider.System.GetTimestamp();
        _queue.Writer.TryComplete();
    }

    /// <summary>Serves the connection until it ends.</summary>
    /// <param name="hub">Where events come from.</param>
    /// <param name="log">Where missed events are read.</param>
    /// <param name="standing">What the agent is eligible for.</param>
    /// <param name="resumeAfter">The last event it saw; null to begin now.</param>
    /// <param name="onSubscribed">Called with its subscription.</param>
    /// <param name="cancellationToken">Ends when the connection is cut.</param>
    public async Task RunAsync(EventHub hub, EventLog log, AgentStanding standing, long? resumeAfter, Action<Subscription> onSubscribed, CancellationToken cancellationToken)
    {
        using var link = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        Subscription? subscription = null;
        var receiving = ReceiveAsync(link.Token);
        var calls = Calls?.RunAsync(link.Token) ?? Task.CompletedTask;
        try
        {
            var reader = new EventReader(standing.Tenant, standing.Agent, []);
            var after = await ReplayAsync(hub, log, reader, standing, resumeAfter, link.Token);
            (subscription, var from) = hub.Subscribe(this, reader, standing);
            onSubscribed(subscription);
            if (after is { } seen)
            {
                // What came between the last page that was read and the subscription; the queue holds what comes after it.
                foreach (var frame in await log.ReadForAsync(reader, seen, from, int.MaxValue, link.Token))
                {
                    if (EventLog.IsFor(frame, reader, standing))
                        await SendAsync(Of(frame), link.Token);
                }
            }
            await SendAsync(new Outgoing(null, Ready(standing.Agent, from)), link.Token);
            await foreach (var outgoing in _queue.Reader.ReadAllAsync(link.Token))
            {
                if (ClosingSince is not null)
                    break;
                await SendAsync(outgoing, link.Token);
            }
            await CloseOutputAsync(link.Token);
            await receiving.WaitAsync(ClosingTime, link.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or WebSocketException or TimeoutException or IOException or ObjectDisposedException)
        {
            // The peer is gone, or doesn't answer the closing.
        }
        finally
        {
            if (subscription is not null)
                hub.Unsubscribe(subscription);
            await _ended.CancelAsync();
            _socket.Abort();
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await calls.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends what was missed, page by page, until little is left; answers with the last event read.</summary>
    private async Task<long?> ReplayAsync(EventHub hub, EventLog log, EventReader reader, AgentStanding standing, long? resumeAfter, CancellationToken cancellationToken)
    {
        if (resumeAfter is not { } after)
            return null;
        if (await log.OldestAsync(cancellationToken) is > 0 and var oldest && after + 1 < oldest)
            await SendAsync(new Outgoing(null, JsonSerializer.SerializeToUtf8Bytes(new { type = "resume.incomplete", data = new { oldest_event_id = oldest } })), cancellationToken);
        while (true)
        {
            var upTo = hub.Position;
            var frames = await log.ReadForAsync(reader, after, upTo, ReplayPage, cancellationToken);
            foreach (var frame in frames)
            {
                if (EventLog.IsFor(frame, reader, standing))
                    await SendAsync(Of(frame), cancellationToken);
                after = frame.Position;
            }
            if (frames.Count < ReplayPage)
                return Math.Max(after, upTo);
        }
    }

    private Outgoing Of(LiveFrame frame)
    {
        Calls?.Tell(frame);
        return new Outgoing(frame.Position, frame.SocketBytes);
    }

    private async Task SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(outgoing.Bytes, WebSocketMessageType.Text, true, cancellationToken);
        if (outgoing.Position is { } position)
            Interlocked.Exchange(ref _sent, position);
    }

    private async Task CloseOutputAsync(CancellationToken cancellationToken)
    {
        if (_socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        var (code, reason) = _closing == 0 ? (WebSocketCloseStatus.NormalClosure, "") : (_close.Code, _close.Reason());
        await _socket.CloseOutputAsync(code, reason, cancellationToken);
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadMessageAsync(_socket, _maxMessageBytes, cancellationToken) is { } message)
            {
                using (message)
                {
                    if (message.IsTooLong)
                        Close(WebSocketCloseStatus.MessageTooBig, $"messages have at most {_maxMessageBytes} bytes");
                    else
                        Take(message.Bytes.Span);
                }
            }
            Close(WebSocketCloseStatus.NormalClosure, "");
        }
        catch (Exception failure) when (failure is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // Cut: the sending side ends, too.
            _queue.Writer.TryComplete();
            await _ended.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A defect here must not leave a socket that looks open and hears nothing.
            Close(WebSocketCloseStatus.InternalServerError, "connect again");
            throw;
        }
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        if (ClientMessage.TryRead(message, out var read) is { } wrong)
        {
            _queue.Writer.TryWrite(new Outgoing(null, Error(wrong.Code, wrong.Message)));
            return;
        }
        if (read.Frame is { } frame)
        {
            if (Calls?.Offer(read.Type, frame) == false)
                Close(SocketCloses.TryAgainLater, () => "too much at once about calls; connect again and go on");
            return;
        }
        // A heartbeat needs no answer: each side sends its own.
        if (read.Presence is not { } presence || presence == Presence)
            return;
        Presence = presence;
        PresenceSaid?.Invoke(this);
    }

    /// <summary>Reads one message; null when the peer closes. One that is too long is read to its end and its bytes dropped.</summary>
    public static async Task<SocketMessage?> ReadMessageAsync(WebSocket socket, int mostBytes, CancellationToken cancellationToken)
    {
        // Waiting holds no buffer: thousands of sockets are quiet most of the time.
        var first = await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
        if (first.MessageType == WebSocketMessageType.Close)
            return null;
        if (first.EndOfMessage)
            return new SocketMessage(ArrayPool<byte>.Shared.Rent(1), 0, false);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(mostBytes, 4_096));
        var length = 0;
        var tooLong = false;
        while (true)
        {
            if (length == buffer.Length && !tooLong)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
            var part = await socket.ReceiveAsync(buffer.AsMemory(tooLong ? 0 : length), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            }
            length = tooLong ? 0 : length + part.Count;
            tooLong |= length > mostBytes;
            if (part.EndOfMessage)
                return new SocketMessage(buffer, tooLong ? 0 : length, tooLong);
        }
    }

    private static byte[] Ready(AgentId agent, long position) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type = "ready", data = new { agent_id = agent.Value, last_event_id = position } });

    private static byte[] Error(string code, string message) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type = "error", data = new { code, message } });

    private readonly record struct Outgoing(long? Position, ReadOnlyMemory<byte> Bytes);
}

/// <summary>A message from a pooled buffer; dispose it.</summary>
internal sealed class SocketMessage(byte[] buffer, int length, bool isTooLong) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public bool IsTooLong => isTooLong;

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}

/// <summary>What an agent may say on its socket.</summary>
/// <param name="Type"><c>authenticate</c>, <c>heartbeat</c> or <c>presence</c>.</param>
/// <param name="Key">With <c>authenticate</c>.</param>
/// <param name="LastEventId">With <c>authenticate</c>: resume after it.</param>
/// <param name="Presence">With <c>presence</c>.</param>
/// <param name="Frame">The whole message when it is about a call.</param>
internal readonly record struct ClientMessage(string Type, string? Key, long? LastEventId, Presence? Presence, JsonElement? Frame = null)
{
    /// <summary>Reads a message; answers with what is wrong, null when nothing is.</summary>
    public static (string Code, string Message)? TryRead(ReadOnlySpan<byte> bytes, out ClientMessage message)
    {
        message = default;
        try
        {
            var root = InputJson.Read(bytes);
            if (root.ValueKind != JsonValueKind.Object)
                return ("live.malformed", "A message is one JSON object.");
            message = new ClientMessage(Text(root, "type") ?? "", Text(root, "key"),
                root.TryGetProperty("last_event_id", out var last) && last.ValueKind == JsonValueKind.Number && last.TryGetInt64(out var position) && position >= 0 ? position : null,
                Text(root, "status") switch { "online" => Domain.Agents.Presence.Online, "busy" => Domain.Agents.Presence.Busy, _ => null });
            if (CallFrames.Is(message.Type))
                message = message with { Frame = root };
        }
        catch (JsonException)
        {
            return ("live.malformed", "A message is one JSON object.");
        }
        return message.Type switch
        {
            "heartbeat" or "authenticate" => null,
            _ when message.Frame is not null => null,
            "presence" when message.Presence is not null => null,
            "presence" => ("live.presence_unknown", "status is online or busy."),
            _ => ("live.type_unknown", "type is authenticate, heartbeat, presence, call.status, call.artifact, call.complete or call.fail."),
        };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
