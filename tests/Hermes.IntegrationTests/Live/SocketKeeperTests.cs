using System.Net.WebSockets;
using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Agents;
using Hermes.IntegrationTests.Shared;
using Hermes.Web.Live;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Live;

/// <summary>With keys whose checks fail as often as the test says.</summary>
public sealed class UncertainKeysApp : HermesApp
{
    /// <summary>How many checks are still to fail.</summary>
    internal static int Failures;

    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder) =>
        builder.ConfigureTestServices(services => services.AddSingleton<IAgentKeys>(sp => new UncertainKeys(sp.GetRequiredService<AgentKeyring>())));

    private sealed class UncertainKeys(IAgentKeys inner) : IAgentKeys
    {
        public Task<AgentPrincipal?> FindAsync(string key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);

        public Task<(bool IsLive, DateTimeOffset? ExpiresAt)> CheckAsync(Guid key, CancellationToken cancellationToken) =>
            Interlocked.Decrement(ref Failures) >= 0 ? throw new TimeoutException("The database is away.") : inner.CheckAsync(key, cancellationToken);
    }
}

public sealed class SocketKeeperTests(UncertainKeysApp app) : IClassFixture<UncertainKeysApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());

    [Fact]
    public async Task A_revoked_key_closes_its_socket_also_when_the_check_fails_at_first()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "k1.work");
        using var socket = await LiveKit.ConnectAsync(app.Factory, agent);
        Volatile.Write(ref UncertainKeysApp.Failures, 2);

        await app.SendAsync(Actors.Person(_tenant), new RevokeAgentKey(agent.Id, agent.KeyId));

        (await socket.ClosedAsync()).Code.ShouldBe(4401);
        Volatile.Read(ref UncertainKeysApp.Failures).ShouldBeLessThan(0);
    }

    [Fact]
    public async Task A_socket_that_comes_as_the_last_one_goes_is_kept_too()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "k2.work");
        var keeper = ActivatorUtilities.CreateInstance<SocketKeeper>(app.Services);
        var principal = new AgentPrincipal(agent.Id, _tenant, "k2", agent.KeyId.Value, [], ExpiresAt: app.Clock.GetUtcNow().AddDays(-1));
        using var stop = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                keeper.Look(0);
        });
        using var pipe = WebSocket.CreateFromStream(Stream.Null, new WebSocketCreationOptions { IsServer = true });

        var forgotten = 0;
        for (var i = 0; i < 20_000; i++)
        {
            using var socket = new AgentSocket(pipe, principal, 1, 1);
            keeper.Add(socket);
            // Whatever the keeper holds is closed at the next look, since its key has ended.
            keeper.Look(0);
            forgotten += socket.ClosingSince is null ? 1 : 0;
            keeper.Remove(socket);
        }
        await stop.CancelAsync();
        await looking;

        forgotten.ShouldBe(0);
    }
}
