using System.Net.WebSockets;

namespace Hermes.Benchmarks.Shared;

/// <summary>An agent's open socket that hands every message on with the instant it arrived.</summary>
public sealed class Listener : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    /// <summary>Connects and starts to read.</summary>
    /// <param name="node">The server.</param>
    /// <param name="agent">Whose socket.</param>
    /// <param name="heard">Called with each message's bytes, valid during the call, and when it arrived.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    public static async Task<Listener> ConnectAsync(Uri node, BenchAgent agent, Action<ReadOnlyMemory<byte>, DateTimeOffset> heard, CancellationToken cancellationToken)
    {
        var listener = new Listener();
        listener._socket.Options.SetRequestHeader("Authorization", "Bearer " + agent.Key);
        await listener._socket.ConnectAsync(new Uri($"ws://{node.Authority}/api/v1/ws/agent/{agent.Id}/contracts"), cancellationToken);
        listener._reading = listener.ReadAsync(heard);
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

    private async Task ReadAsync(Action<ReadOnlyMemory<byte>, DateTimeOffset> heard)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (!_stop.IsCancellationRequested)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return;
            length += part.Count;
            if (part.EndOfMessage)
            {
                heard(buffer.AsMemory(0, length), DateTimeOffset.UtcNow);
                length = 0;
            }
            else if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }
}
