using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Faults;

/// <summary>An agent's socket as a careful client keeps it: when it breaks it connects again, to whichever node lives, after the last event it heard.</summary>
internal sealed class Ear : IAsyncDisposable
{
    private readonly List<(long Id, string Type)> _heard = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _listening;

    public Ear(Installation installation, Installation.Agent agent) => _listening = Task.Run(() => ListenAsync(installation, agent));

    /// <summary>A person's stream of events, as a page keeps it: it connects again with the last id that it saw.</summary>
    public Ear(Installation installation, string token) => _listening = Task.Run(() => ListenAsync(installation, token));

    /// <summary>Ids and types in the order heard.</summary>
    public IReadOnlyList<(long Id, string Type)> Heard
    {
        get
        {
            lock (_heard)
                return [.. _heard];
        }
    }

    /// <summary>Waits until so many events of a type were heard.</summary>
    public Task HearsAsync(string type, int count) => Eventually.HoldsAsync(() => Heard.Count(e => e.Type == type) >= count, $"{type} is heard {count} times");

    public async ValueTask DisposeAsync()
    {
        if (_listening.IsCompleted)
            return;
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
    }

    private async Task ListenAsync(Installation installation, string token)
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        string? last = null;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                if (installation.Node is not { HasExited: false, Address: { } address })
                    throw new IOException("No node lives.");
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/api/v1/events")) { Headers = { { "Accept", "text/event-stream" }, { "Authorization", $"Bearer {token}" } } };
                if (last is not null)
                    request.Headers.Add("Last-Event-ID", last);
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _end.Token);
                answer.EnsureSuccessStatusCode();
                using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(_end.Token));
                while (await lines.ReadLineAsync(_end.Token) is { } line)
                {
                    if (line.StartsWith("id: ", StringComparison.Ordinal))
                        last = line[4..];
                    if (line.StartsWith("event: ", StringComparison.Ordinal) && line != "event: ready")
                        lock (_heard)
                            _heard.Add((long.Parse(last!, CultureInfo.InvariantCulture), line[7..]));
                }
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(200, CancellationToken.None);
            }
        }
    }

    private async Task ListenAsync(Installation installation, Installation.Agent agent)
    {
        long last = 0;
        var buffer = new byte[64 * 1024];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                if (installation.Node is not { HasExited: false, Address: { } address })
                    throw new WebSocketException("No node lives.");
                using var socket = new ClientWebSocket();
                socket.Options.SetRequestHeader("Authorization", $"Bearer {agent.Key}");
                await socket.ConnectAsync(new Uri($"ws://{address.Authority}/api/v1/ws/agent/{agent.Id}/contracts?last_event_id={last}"), _end.Token);
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
                    if (!json.RootElement.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number)
                        continue;
                    last = id.GetInt64();
                    lock (_heard)
                        _heard.Add((last, json.RootElement.GetProperty("type").GetString()!));
                }
            }
            catch (Exception failure) when (failure is WebSocketException or IOException or HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(200, CancellationToken.None);
            }
        }
    }
}
