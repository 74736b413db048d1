using System.Net.WebSockets;
using Hermes.Application.Agents.Public;
using Hermes.Application.Notifications;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.IntegrationTests.Shared;
using Hermes.Web.Live;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Live;

/// <summary>A reader that doesn't read: the hub goes on, and the socket ends with where to resume.</summary>
public sealed class SlowSocketTests(HermesApp app) : IClassFixture<HermesApp>
{
    [Fact]
    public async Task A_slow_reader_delays_nobody_and_is_sent_away_with_its_position()
    {
        const int queue = 16;
        var hub = new EventHub([]);
        var log = app.Services.GetRequiredService<EventLog>();
        var agent = new AgentId(Guid.CreateVersion7());
        var standing = new AgentStanding(agent, TenantId.Platform, [], 0.5m, true, true);
        using var peer = new StuckPeer();
        using var socket = new AgentSocket(peer, new AgentPrincipal(agent, TenantId.Platform, "slow", Guid.Empty, [], null), queue, 1_000);
        var quick = new Counter();
        hub.Subscribe(quick, new EventReader(TenantId.Platform, agent, []), standing);
        var subscribed = new TaskCompletionSource();
        var running = socket.RunAsync(hub, log, standing, null, _ => subscribed.SetResult(), default);
        await subscribed.Task.WaitAsync(Eventually.Patience);
        await peer.Ready.Task.WaitAsync(Eventually.Patience);
        peer.Stick();

        for (var i = 1; i <= queue * 3; i++)
            hub.Publish([new LiveFrame(i, "contract.updated", "contract", Guid.Empty, TenantId.Platform, "{}", [], [agent.Value], null, false, DateTimeOffset.UnixEpoch)]);

        quick.Count.ShouldBe(queue * 3);
        socket.ClosingSince.ShouldNotBeNull();
        peer.Loosen();
        await running.WaitAsync(Eventually.Patience);
        peer.CloseStatus.ShouldBe(WebSocketCloseStatus.InternalServerError + 2);
        var reason = peer.CloseStatusDescription.ShouldNotBeNull();
        reason.ShouldStartWith("too slow; resume from ");
        long.Parse(reason[22..], System.Globalization.CultureInfo.InvariantCulture).ShouldBe(peer.Sent - 1, "the first message sent was 'ready'");
    }

    private sealed class Counter : IEventSink
    {
        public int Count { get; private set; }

        public void Offer(LiveFrame frame) => Count++;
    }

    /// <summary>A peer whose window is shut until it is loosened.</summary>
    private sealed class StuckPeer : WebSocket
    {
        private readonly TaskCompletionSource<WebSocketReceiveResult> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _open = Opened();
        private WebSocketCloseStatus? _status;
        private string? _reason;

        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Sent { get; private set; }

        public override WebSocketCloseStatus? CloseStatus => _status;

        public override string? CloseStatusDescription => _reason;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public void Stick() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Loosen() => _open.TrySetResult();

        public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            await _open.Task.WaitAsync(cancellationToken);
            Sent++;
            Ready.TrySetResult();
        }

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        {
            (_status, _reason) = (closeStatus, statusDescription);
            _received.TrySetResult(new WebSocketReceiveResult(0, WebSocketMessageType.Close, true));
            return Task.CompletedTask;
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => _received.Task.WaitAsync(cancellationToken);

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

        public override void Abort() => _received.TrySetCanceled();

        public override void Dispose()
        {
        }

        private static TaskCompletionSource Opened()
        {
            var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            open.SetResult();
            return open;
        }
    }
}
