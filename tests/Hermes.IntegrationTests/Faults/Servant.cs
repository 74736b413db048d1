using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Hermes.IntegrationTests.Faults;

/// <summary>
/// An agent that answers calls on its socket as a careful one does: when the socket breaks it connects again after the last
/// event it heard, and says again what it had answered, because it can't know what was taken.
/// </summary>
internal sealed class Servant : IAsyncDisposable
{
    private readonly List<Guid> _requested = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    /// <param name="installation">Where it is at home.</param>
    /// <param name="agent">Who it is.</param>
    /// <param name="home">The one node that it uses; null for whichever lives.</param>
    public Servant(Installation installation, Installation.Agent agent, Uri? home = null) => _serving = Task.Run(() => ServeAsync(installation, agent, home));

    /// <summary>The calls it was asked for, in order.</summary>
    public IReadOnlyList<Guid> Requested
    {
        get
        {
            lock (_requested)
                return [.. _requested];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_serving.IsCompleted)
            return;
        await _end.CancelAsync();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync(Installation installation, Installation.Agent agent, Uri? home)
    {
        long last = 0;
        var buffer = new byte[64 * 1024];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var address = home ?? (installation.Node is { HasExited: false, Address: { } living } ? living : throw new WebSocketException("No node lives."));
                using var socket = new ClientWebSocket();
                socket.Options.SetRequestHeader("Authorization", $"Bearer {agent.Key}");
                await socket.ConnectAsync(new Uri($"ws://{address.Authority}/api/v1/ws/agent/{agent.Id}/contracts?last_event_id={last}"), _end.Token);
                foreach (var call in Requested)
                    await AnswerAsync(socket, call);
                while (socket.State == WebSocketState.Open)
                {
                    using var message = new MemoryStream();
                    ValueWebSocketReceiveResult part;
                    do
                    {
                        part = await socket.ReceiveAsync(buffer.AsMemory(), _end.Token);
                        message.Write(buffer, 0, part.Count);
                    }
                    while (!part.EndOfMessage);
                    if (part.MessageType != WebSocketMessageType.Text)
                        break;
                    using var json = JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray()));
                    var frame = json.RootElement;
                    if (!frame.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number)
                        continue;
                    last = id.GetInt64();
                    if (frame.GetProperty("type").GetString() != "call.requested")
                        continue;
                    var call = frame.GetProperty("data").GetProperty("call_id").GetGuid();
                    lock (_requested)
                        _requested.Add(call);
                    await AnswerAsync(socket, call);
                }
            }
            catch (Exception failure) when (failure is WebSocketException or IOException or HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private Task AnswerAsync(ClientWebSocket socket, Guid call) =>
        socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { type = "call.complete", call_id = call, result = "survived" }), WebSocketMessageType.Text, true, _end.Token);
}
