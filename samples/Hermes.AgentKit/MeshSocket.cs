using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Hermes.AgentKit;

/// <summary>What the mesh told this agent.</summary>
/// <param name="Id">Its position: the next connection resumes after it.</param>
/// <param name="Type"><c>contract.announced</c>, <c>bid.accepted</c>, <c>contract.lost</c> …</param>
/// <param name="Data">The payload.</param>
public sealed record MeshEvent(long Id, string Type, JsonElement Data)
{
    /// <summary>The contract that the event is about; null for events of something else.</summary>
    public Guid? ContractId => Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty("contract_id", out var id) && id.TryGetGuid(out var guid) ? guid : null;
}

/// <summary>
/// The agent's socket: connects, authenticates in its header, answers heartbeats, and when it is cut connects again
/// with a growing, jittered pause and resumes after the last event it saw, so nothing is missed.
/// </summary>
public sealed class MeshSocket(Uri server, Guid agent, string key) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);
    private static readonly byte[] Heartbeat = """{"type":"heartbeat"}"""u8.ToArray();
    private readonly SemaphoreSlim _sending = new(1);
    private ClientWebSocket? _open;
    private long? _last;

    /// <summary>True while connected.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Called when a connection was lost or refused, with the reason.</summary>
    public Action<string>? Interrupted { get; init; }

    /// <summary>Called when a connection is up.</summary>
    public Action? Connected { get; init; }

    public void Dispose() => _sending.Dispose();

    /// <summary>Events, in order, until cancelled. Ends by itself only when the key is refused.</summary>
    public async IAsyncEnumerable<MeshEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            using var connection = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
            if (await TryConnectAsync(socket, cancellationToken))
            {
                failures = 0;
                IsConnected = true;
                _open = socket;
                Connected?.Invoke();
                var beating = BeatAsync(socket, connection.Token);
                while (await ReceiveAsync(socket, cancellationToken) is { } message)
                {
                    if (message.Id is not { } position)
                        continue;
                    yield return new MeshEvent(position, message.Type, message.Data);
                    // Only after the consumer has taken it: a crash in between reads it again.
                    _last = position;
                }
                IsConnected = false;
                _open = null;
                await connection.CancelAsync();
                await beating;
                if ((int?)socket.CloseStatus == 4401)
                    yield break;
            }
            failures++;
            var pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 200 * Math.Pow(2, failures)) * (0.5 + Random.Shared.NextDouble() / 2));
            await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says something to the server, for instance the answer to a call; false when there is no connection at the moment.</summary>
    public async Task<bool> SendAsync(object message, CancellationToken cancellationToken)
    {
        if (_open is not { } socket)
            return false;
        await SendAsync(socket, JsonSerializer.SerializeToUtf8Bytes(message, HermesApi.Json), cancellationToken);
        return true;
    }

    // A socket takes one message at a time.
    private async Task SendAsync(ClientWebSocket socket, byte[] message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<bool> TryConnectAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var address = new UriBuilder(new Uri(server, $"api/v1/ws/agent/{agent}/contracts"))
        {
            Scheme = server.Scheme == "https" ? "wss" : "ws",
            Query = _last is { } last ? $"last_event_id={last}" : "",
        };
        try
        {
            await socket.ConnectAsync(address.Uri, cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is WebSocketException or HttpRequestException)
        {
            Interrupted?.Invoke(failure.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<(long? Id, string Type, JsonElement Data)?> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.GetMemory(4_096), cancellationToken);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    Interrupted?.Invoke($"{(int?)socket.CloseStatus} {socket.CloseStatusDescription}");
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return null;
                }
                buffer.Advance(part.Count);
                if (!part.EndOfMessage)
                    continue;
                using var document = JsonDocument.Parse(buffer.WrittenMemory);
                var root = document.RootElement;
                return (
                    root.TryGetProperty("id", out var id) && id.TryGetInt64(out var position) ? position : null,
                    root.TryGetProperty("type", out var type) ? type.GetString() ?? "" : "",
                    root.TryGetProperty("data", out var data) ? data.Clone() : default);
            }
        }
        catch (Exception failure) when (failure is WebSocketException or IOException or OperationCanceledException)
        {
            Interrupted?.Invoke(failure.Message);
            return null;
        }
    }

    private async Task BeatAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Beat);
            while (await timer.WaitForNextTickAsync(cancellationToken))
                await SendAsync(socket, Heartbeat, cancellationToken);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The reader notices by itself that the connection is gone.
        }
    }
}
