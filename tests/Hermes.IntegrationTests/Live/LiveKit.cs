using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Agents;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Live;

/// <summary>What tests of sockets and streams share.</summary>
internal static class LiveKit
{
    /// <summary>Writes events in one transaction, as a command would.</summary>
    public static async Task TellAsync(IServiceProvider services, params LiveEvent[] events)
    {
        await using var scope = services.GetRequiredService<ISystemScopes>().Begin("test");
        var work = scope.Services.GetRequiredService<IUnitOfWork>();
        (await work.RunAsync(() =>
        {
            foreach (var happened in events)
                scope.Services.GetRequiredService<IOutbox>().Add(happened);
            return Task.FromResult(Done.Ok);
        }, default)).Succeeded.ShouldBeTrue();
    }

    /// <summary>Waits until every event that was written has its place.</summary>
    public static Task DispatchedAsync(HermesApp app) =>
        Eventually.IsAsync(() => app.SqlAsync<long>("SELECT count(*) FROM notifications.outbox WHERE position IS NULL"), 0L);

    public static LiveEvent To(AgentId agent, int number = 0) =>
        new("contract.updated", "contract", Guid.CreateVersion7(), TenantId.Platform, new { Number = number }, Audience.Of(agent));

    public static LiveEvent Announce(TenantId source, EligibilityTerms terms) =>
        new("contract.announced", "contract", Guid.CreateVersion7(), source, new { Title = "Work" }, new Audience([source], [], terms));

    /// <summary>An agent of a tenant, which is made when there is none: a key of a tenant that is not active is refused.</summary>
    public static async Task<RegisteredAgent> RegisterAsync(HermesApp app, TenantId tenant, params string[] capabilities)
    {
        await FoundAsync(app, tenant);
        return (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}", capabilities: capabilities)))).Value;
    }

    public static Task FoundAsync(HermesApp app, TenantId tenant) => app.SqlAsync<int>(
        $"INSERT INTO tenancy.tenants (id, slug, name, status, plan, created_at) VALUES ('{tenant}', 't{tenant.Value.ToString("N")[16..]}', 'Test', 'active', 'free', now()) ON CONFLICT DO NOTHING");

    /// <summary>Connects and reads up to <c>ready</c>; what is replayed before it is in <see cref="TestSocket.Replayed"/>.</summary>
    public static async Task<TestSocket> ConnectAsync(WebApplicationFactory<Program> node, RegisteredAgent agent, long? resumeAfter = null)
    {
        var client = node.Server.CreateWebSocketClient();
        client.ConfigureRequest = request => request.Headers.Authorization = $"Bearer {agent.Key}";
        var address = new Uri(node.Server.BaseAddress, $"api/v1/ws/agent/{agent.Id}/contracts{(resumeAfter is { } last ? $"?last_event_id={last}" : "")}");
        var socket = new TestSocket(await client.ConnectAsync(address, default));
        await socket.ReadyAsync();
        return socket;
    }

    public static Uri Address(WebApplicationFactory<Program> node, Guid agent) => new(node.Server.BaseAddress, $"api/v1/ws/agent/{agent}/contracts");
}

internal sealed class TestSocket(WebSocket socket) : IDisposable
{
    public List<JsonElement> Replayed { get; } = [];

    public WebSocket Inner => socket;

    public async Task ReadyAsync()
    {
        while (await ReadAsync() is { } message)
        {
            if (message.GetProperty("type").GetString() == "ready")
                return;
            Replayed.Add(message);
        }
        throw new InvalidOperationException($"Closed: {socket.CloseStatus} {socket.CloseStatusDescription}");
    }

    /// <summary>The next message but heartbeats; null when the server closes.</summary>
    public async Task<JsonElement?> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.Patience);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            while (true)
            {
                var part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), limit.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                    return null;
                length += part.Count;
                if (part.EndOfMessage)
                    break;
            }
            var message = JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement;
            if (message.GetProperty("type").GetString() != "heartbeat")
                return message;
        }
    }

    /// <summary>The next message is of this type.</summary>
    public async Task<JsonElement> ReadAsync(string type)
    {
        var message = await ReadAsync() ?? throw new InvalidOperationException($"Closed: {socket.CloseStatus} {socket.CloseStatusDescription}");
        message.GetProperty("type").GetString().ShouldBe(type);
        return message;
    }

    /// <summary>Reads up to the next update; true when an announcement came before it.</summary>
    public async Task<bool> AnnouncedBeforeUpdateAsync()
    {
        var announced = (await ReadAsync())?.GetProperty("type").GetString() == "contract.announced";
        if (announced)
            await ReadAsync("contract.updated");
        return announced;
    }

    public async Task<(int? Code, string? Reason)> ClosedAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
        return ((int?)socket.CloseStatus, socket.CloseStatusDescription);
    }

    public Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    public void Dispose() => socket.Dispose();
}
