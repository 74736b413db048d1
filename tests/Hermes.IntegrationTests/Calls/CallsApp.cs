using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.IntegrationTests.Live;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Calls;

/// <summary>The app with what tests of calls arrange: callers with money, agents behind sockets that answer as told.</summary>
public class CallsApp : MeshApp
{
    /// <summary>An agent with a key, of a new tenant or the one named.</summary>
    public async Task<(Actor Agent, string Key)> KeyedAgentAsync(decimal price = 1m, AgentVisibility visibility = AgentVisibility.Public, TenantId? tenant = null, string? endpoint = null)
    {
        var owner = tenant ?? new TenantId(Guid.CreateVersion7());
        await LiveKit.FoundAsync(this, owner);
        var made = await SendAsync(Actors.Person(owner), new RegisterAgent(new AgentProfile(
            $"Agent {Guid.CreateVersion7()}", "Does as told.", ["echo"], endpoint, Money.Usd(price), visibility, [], [], 5)));
        made.Error.ShouldBeNull();
        return (Actors.Agent(made.Value.Agent.Id, owner), made.Value.Key);
    }

    /// <summary>A connected agent that answers as told.</summary>
    public async Task<SocketAgent> ConnectAsync(decimal price = 1m, AgentVisibility visibility = AgentVisibility.Public, TenantId? tenant = null, Func<SocketAgent, JsonElement, Task>? answer = null)
    {
        var (agent, key) = await KeyedAgentAsync(price, visibility, tenant);
        return await SocketAgent.ConnectAsync(this, agent, key, answer ?? SocketAgent.EchoAsync);
    }

    /// <summary>Waits until the call has ended or waits for its caller.</summary>
    public Task<CallView> AnsweredAsync(Actor actor, CallId call) => Eventually.ReadAsync(async () =>
    {
        var progress = await SendAsync(actor, new WaitForCall(call, int.MaxValue, TimeSpan.FromMilliseconds(100)));
        progress.Error.ShouldBeNull();
        return progress.Value.Call;
    }, c => c.IsAnswered);

    /// <summary>Suspends the organisation; done when this node knows it.</summary>
    public async Task SuspendAsync(TenantId tenant)
    {
        (await SendAsync(Actors.Operator(), new UpdateTenant(tenant, null, TenantStatus.Suspended, "A test."))).Error.ShouldBeNull();
        await Eventually.HoldsAsync(async () => await Services.GetRequiredService<ITenants>().FindAsync(tenant, CancellationToken.None) is not { IsActive: true });
    }

    /// <summary>Starts a call with a text.</summary>
    public Task<Result<CallView>> CallAsync(Actor caller, AgentId agent, string text = "hello", Func<StartCall, StartCall>? with = null)
    {
        var start = new StartCall(agent, CallMessage.Text(text));
        return SendAsync(caller, with is null ? start : with(start));
    }

    /// <summary>A tenant's micro-units in an account.</summary>
    public Task<long> BalanceAsync(TenantId tenant, string kind) =>
        SqlAsync<long>($"SELECT coalesce(sum(balance), 0)::bigint FROM ledger.accounts WHERE kind = '{kind}' AND owner_id = '{tenant}'");

    /// <summary>Micro-units that are held for any call.</summary>
    public Task<long> HeldAsync(CallId call) => SqlAsync<long>($"SELECT coalesce(sum(balance), 0)::bigint FROM ledger.accounts WHERE kind = 'escrow' AND owner_id = '{call}'");
}

/// <summary>An agent on its socket.</summary>
public sealed class SocketAgent : IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<SocketAgent, JsonElement, Task> _answer;
    private readonly ConcurrentQueue<JsonElement> _frames = new();
    private Task _reading = Task.CompletedTask;

    private SocketAgent(WebSocket socket, Actor agent, Func<SocketAgent, JsonElement, Task> answer) => (_socket, Agent, _answer) = (socket, agent, answer);

    /// <summary>Who it is.</summary>
    public Actor Agent { get; }

    /// <summary>All frames that came, as text.</summary>
    public IReadOnlyCollection<JsonElement> Frames => _frames;

    /// <summary>Its id.</summary>
    public AgentId Id => Agent.RequiredAgent;

    public static async Task<SocketAgent> ConnectAsync(HermesApp app, Actor agent, string key, Func<SocketAgent, JsonElement, Task> answer, Microsoft.AspNetCore.TestHost.TestServer? server = null)
    {
        var client = (server ?? app.Factory.Server).CreateWebSocketClient();
        client.ConfigureRequest = request => request.Headers.Authorization = $"Bearer {key}";
        var socket = await client.ConnectAsync(new Uri($"ws://localhost/api/v1/ws/agent/{agent.RequiredAgent}/contracts"), CancellationToken.None);
        var connected = new SocketAgent(socket, agent, answer);
        connected._reading = connected.ReadAsync();
        await Eventually.HoldsAsync(async () => await app.SqlAsync<string>($"SELECT agents.presence_of('{agent.RequiredAgent}')") != "offline");
        return connected;
    }

    /// <summary>Answers with what it was told, as a result.</summary>
    public static Task EchoAsync(SocketAgent agent, JsonElement frame) => frame.GetProperty("type").GetString() is "call.requested"
        ? agent.SendAsync(new { type = "call.complete", call_id = CallOf(frame), result = "echo: " + TextOf(frame) })
        : Task.CompletedTask;

    /// <summary>Says nothing.</summary>
    public static Task SilentAsync(SocketAgent agent, JsonElement frame) => Task.CompletedTask;

    public static Guid CallOf(JsonElement frame) => frame.GetProperty("data").GetProperty("call_id").GetGuid();

    public static string TextOf(JsonElement frame) => frame.GetProperty("data").GetProperty("message").GetProperty("parts")[0].GetProperty("text").GetString()!;

    public Task SendAsync(object message) => SayAsync(JsonSerializer.Serialize(message));

    /// <summary>Sends a text as it is.</summary>
    public Task SayAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _end.Token);

    /// <summary>Waits for a frame of a type.</summary>
    public async Task<JsonElement> WaitAsync(string type, int count = 1)
    {
        bool IsIt(JsonElement frame) => frame.GetProperty("type").GetString() == type;
        await Eventually.ReadAsync(() => Task.FromResult(Frames), all => all.Count(IsIt) >= count, $"{count} {type}");
        return Frames.Where(IsIt).ElementAt(count - 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Abort();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[512 * 1024];
        while (!_end.IsCancellationRequested)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), _end.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
                return;
            var frame = JsonElement.Parse(Encoding.UTF8.GetString(buffer, 0, length));
            _frames.Enqueue(frame);
            await _answer(this, frame);
        }
    }
}
