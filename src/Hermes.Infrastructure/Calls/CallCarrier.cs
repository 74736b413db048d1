using System.Collections.Concurrent;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// Carries calls to agents with an endpoint and to those within Hermes. A node claims a call in its row and renews the
/// claim; what a dead node carried is claimed by another one when the claim has run out.
/// </summary>
internal sealed class CallCarrier(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, IEnumerable<IBuiltInAgent> builtIn, EndpointCalls endpoints,
    NodeIdentity node, TimeProvider clock, ILogger<CallCarrier> logger) : BackgroundService, ICallCarrier
{
    private const int Most = 50;
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);
    // Of a call that this node has just taken: long enough to begin with it.
    private static readonly TimeSpan FirstClaim = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // May a node take it now? Nobody else has it, and the agent has something to do.
    private const string Free =
        "ended_at IS NULL AND transport IN ('http', 'built_in') AND state IN ('submitted', 'working') AND (carried_until IS NULL OR carried_until < $3)";

    private readonly ConcurrentDictionary<CallId, CancellationTokenSource> _carried = new();
    private readonly CancellationTokenSource _stopping = new();

    public void Take(Call call) => call.CarryBy(node.Id, clock.GetUtcNow() + FirstClaim);

    public void Carry(CallId call) => _ = CarryAsync(call);

    public void Wake(CallId call) => _ = RunAsync(call);

    public void CallOff(CallId call) => _ = CallOffAsync(call);

    public override void Dispose()
    {
        // The base cancels what is still running, which reaches this source.
        base.Dispose();
        _stopping.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(_stopping.Cancel);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var call in await ClaimAsync(null, stoppingToken))
                    _ = CarryAsync(call);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                logger.LogWarning(failure, "Calls can't be claimed at the moment.");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(CallId call)
    {
        try
        {
            // On this node the one that carries it looks for further messages itself.
            if (!_carried.ContainsKey(call))
                foreach (var claimed in await ClaimAsync(call, _stopping.Token))
                    await CarryAsync(claimed);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // The next look finds it.
        }
    }

    private async Task<List<CallId>> ClaimAsync(CallId? only, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand($"""
            UPDATE calls.calls SET carrier_id = $1, carried_until = $2 WHERE id IN (
                SELECT id FROM calls.calls WHERE {Free} AND ($4 = '00000000-0000-0000-0000-000000000000' OR id = $4) LIMIT {Most} FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id
            """);
        var now = clock.GetUtcNow();
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Claim });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = only?.Value ?? Guid.Empty });
        var claimed = new List<CallId>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            claimed.Add(new CallId(row.GetGuid(0)));
        return claimed;
    }

    private async Task CarryAsync(CallId id)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (!_carried.TryAdd(id, end))
            return;
        var renewing = RenewAsync(id, end);
        var isOver = false;
        try
        {
            do
            {
                await CarryOnceAsync(id, async reports => isOver = await ReportAsync(id, reports, end.Token), end.Token);
            }
            // Further messages of the caller may have come while the agent answered.
            while (!isOver && await IsMoreAsync(id, end.Token));
        }
        catch (OperationCanceledException)
        {
            // Over, or this node stops: another one goes on.
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "Call {Call} can't be carried.", id);
            await FailAsync(id, CallFailures.NotCarried, "Hermes could not carry the call.");
        }
        finally
        {
            _carried.TryRemove(id, out _);
            await end.CancelAsync();
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // The end of a call has released it.
            if (!isOver)
                await ReleaseAsync(id);
        }
    }

    private async Task CarryOnceAsync(CallId id, Func<CallReport[], Task> report, CancellationToken cancellationToken)
    {
        CarriedCall carried;
        await using (var scope = scopes.Begin("call-carrier"))
        {
            var db = scope.Services.GetRequiredService<ICallsDb>();
            if (await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { IsEnded: false } call || CallTransitions.Interrupted.Contains(call.State))
                return;
            var messages = (await db.CallEvents.AsNoTracking().Where(e => e.CallId == id && e.Kind == CallEventKind.Message).OrderBy(e => e.Sequence).ToListAsync(cancellationToken))
                .ConvertAll(e => (e.Sequence, JsonElement.Parse(e.Body!)));
            carried = new CarriedCall(call, messages, messages.FindAll(m => m.Sequence > call.HandedSequence), report) { IsEnded = () => IsEndedAsync(id) };
        }
        if (carried.Call.Transport == CallTransport.BuiltIn)
        {
            if (builtIn.FirstOrDefault(a => a.Id == carried.Call.ServedBy) is not { } agent)
                await FailAsync(id, "calls.agent_unreachable", "This agent is switched off.");
            else
                await agent.AnswerAsync(carried, cancellationToken);
        }
        else
        {
            await endpoints.CarryAsync(carried, cancellationToken);
        }
    }

    private async Task<bool> IsMoreAsync(CallId id, CancellationToken cancellationToken)
    {
        await using var look = scopes.Begin("call-carrier");
        var calls = look.Services.GetRequiredService<ICallsDb>();
        return await calls.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is { IsEnded: false, Transport: not CallTransport.Socket } now
            && !CallTransitions.Interrupted.Contains(now.State)
            && await calls.CallEvents.AnyAsync(e => e.CallId == id && e.Kind == CallEventKind.Message && e.Sequence > now.HandedSequence, cancellationToken);
    }

    private async Task<bool> IsEndedAsync(CallId id)
    {
        await using var scope = scopes.Begin("call-carrier");
        return await scope.Services.GetRequiredService<ICallsDb>().Calls.AnyAsync(c => c.Id == id && c.EndedAt != null, CancellationToken.None);
    }

    /// <summary>Has it taken; true when the call has ended by it.</summary>
    private async Task<bool> ReportAsync(CallId id, CallReport[] reports, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin("call-carrier");
        var taken = await scope.SendAsync(new ReportCall(id, null, reports) { Carrier = node.Id }, cancellationToken);
        if (taken.Error is not { } error)
            return taken.Value.IsEnded;
        if (error != CallErrors.Ended && error != CallErrors.CarriedElsewhere)
            logger.LogWarning("What the agent said of call {Call} is refused: {Code}: {Message}", id, error.Code, error.Message);
        if (error == CallErrors.Ended || error == CallErrors.NotFound || error == CallErrors.CarriedElsewhere)
            throw new OperationCanceledException("The call is over, or another node's.");
        throw new A2ACallException(A2AFailure.InvalidAnswer, error.Members?.Values.FirstOrDefault()?.FirstOrDefault() ?? error.Message);
    }

    private async Task FailAsync(CallId id, string code, string message)
    {
        try
        {
            await ReportAsync(id, [new CallReport { State = CallState.Failed, ErrorCode = code, ErrorMessage = message }], CancellationToken.None);
        }
        catch (Exception failure) when (failure is OperationCanceledException or NpgsqlException or A2ACallException)
        {
            // Over already, or the deadline's to end.
        }
    }

    /// <summary>Renews the claim; when the call is over or another node's, what carries it here is ended.</summary>
    private async Task RenewAsync(CallId id, CancellationTokenSource end)
    {
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(Renewal, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
                return;
            try
            {
                await using var command = engine.CreateCommand("UPDATE calls.calls SET carried_until = $3 WHERE id = $1 AND carrier_id = $2 AND ended_at IS NULL");
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id.Value });
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
                command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() + Claim });
                if (await command.ExecuteNonQueryAsync(end.Token) == 0)
                    await end.CancelAsync();
            }
            catch (NpgsqlException)
            {
                // Should the database be away for longer, another node takes it.
            }
        }
    }

    private async Task ReleaseAsync(CallId id)
    {
        try
        {
            await using var command = engine.CreateCommand("UPDATE calls.calls SET carrier_id = NULL, carried_until = NULL WHERE id = $1 AND carrier_id = $2");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception failure) when (failure is NpgsqlException or ObjectDisposedException)
        {
            // The claim runs out by itself.
        }
    }

    private async Task CallOffAsync(CallId id)
    {
        if (_carried.TryGetValue(id, out var end))
        {
            try
            {
                await end.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It ended just now.
            }
        }
        try
        {
            await using var scope = scopes.Begin("call-carrier");
            if (await scope.Services.GetRequiredService<ICallsDb>().Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, _stopping.Token) is { Transport: CallTransport.Http, RemoteTaskId: not null } call)
                await endpoints.CallOffAsync(call, _stopping.Token);
        }
        catch (Exception failure) when (failure is NpgsqlException or A2ACallException or OperationCanceledException or ObjectDisposedException)
        {
            logger.LogInformation("The agent of call {Call} could not be told that it was called off: {Reason}", id, failure.Message);
        }
    }
}
