using System.Net.WebSockets;
using System.Text.Json;

namespace Hermes.Benchmarks.Shared;

/// <summary>An agent's open socket that hands every message on with the instant it arrived, and resumes when it is cut.</summary>
public sealed class Listener : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _address;
    private readonly string _key;
    private ClientWebSocket _socket;
    private Task _reading = Task.CompletedTask;

    private Listener(Uri address, string key) => (_address, _key, _socket) = (address, key, Open(key));

    /// <summary>How often it was cut and came back.</summary>
    public int Resumed { get; private set; }

    /// <summary>Connects and starts to read.</summary>
    /// <param name="node">The server.</param>
    /// <param name="agent">Whose socket.</param>
    /// <param name="heard">Called with each message's bytes, valid during the call, and when it arrived.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    public static async Task<Listener> ConnectAsync(Uri node, BenchAgent agent, Action<ReadOnlyMemory<byte>, DateTimeOffset> heard, CancellationToken cancellationToken)
    {
        var listener = new Listener(new Uri($"ws://{node.Authority}/api/v1/ws/agent/{agent.Id}/contracts"), agent.Key);
        await listener._socket.ConnectAsync(listener._address, cancellationToken);
        listener._reading = listener.RunAsync(heard);
        return listener;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _stop.Dispose();
    }

    private static ClientWebSocket Open(string key)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        return socket;
    }

    private async Task RunAsync(Action<ReadOnlyMemory<byte>, DateTimeOffset> heard)
    {
        byte[]? last = null;
        while (!_stop.IsCancellationRequested)
        {
            last = await ReadAsync(heard) ?? last;
            _stop.Token.ThrowIfCancellationRequested();
            Resumed++;
            _socket.Dispose();
            _socket = Open(_key);
            var position = last is null ? 0 : JsonDocument.Parse(last).RootElement.GetProperty("id").GetInt64();
            await _socket.ConnectAsync(new Uri($"{_address}?last_event_id={position}"), _stop.Token);
        }
    }

    // The last event's bytes when the connection ends; null when there was none.
    private async Task<byte[]?> ReadAsync(Action<ReadOnlyMemory<byte>, DateTimeOffset> heard)
    {
        var buffer = new byte[4096];
        var length = 0;
        byte[]? last = null;
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                    return last;
                length += part.Count;
                if (part.EndOfMessage)
                {
                    heard(buffer.AsMemory(0, length), DateTimeOffset.UtcNow);
                    if (buffer.AsSpan(0, length).StartsWith("{\"id\""u8))
                        last = buffer.AsSpan(0, length).ToArray();
                    length = 0;
                }
                else if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, buffer.Length * 2);
                }
            }
        }
        catch (WebSocketException)
        {
            return last;
        }
    }
}
