using System.Diagnostics;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// Probes the agents whose turn it is. Nodes share them by leases taken with <c>SKIP LOCKED</c>: no agent is probed by two
/// at once, and one whose node died is taken up when its lease has run out.
/// </summary>
internal sealed class ProbeEngine(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, IProber prober, ProbeSettings settings, TimeProvider clock, ILogger<ProbeEngine> logger)
    : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookForAnswer = TimeSpan.FromMilliseconds(200);

    private TimeSpan Lease => settings.Lease();

    /// <summary>Takes up to so many whose turn it is.</summary>
    internal async Task<IReadOnlyList<DueProbe>> TakeAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var command = engine.CreateCommand("""
            WITH due AS (
                SELECT s.agent_id, a.endpoint, a.endpoint IS NULL AND agents.presence_of(a.id) = 'offline' AS away
                FROM agents.probe_schedules s JOIN agents.agents a ON a.id = s.agent_id
                WHERE s.next_at <= $1 AND (s.leased_until IS NULL OR s.leased_until <= $1) AND a.status = 'active'
                ORDER BY s.next_at LIMIT $2 FOR UPDATE OF s SKIP LOCKED)
            UPDATE agents.probe_schedules s SET lease = CASE WHEN NOT away THEN gen_random_uuid() END, leased_until = CASE WHEN NOT away THEN $3 END,
                next_at = CASE WHEN away THEN $4 ELSE s.next_at END
            FROM due WHERE s.agent_id = due.agent_id
            RETURNING s.agent_id, s.tenant_id, due.endpoint, s.lease
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Lease });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + ProbeSchedule.Away });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DueProbe>();
        while (await row.ReadAsync(cancellationToken))
        {
            if (!await row.IsDBNullAsync(3, cancellationToken))
                due.Add(new DueProbe(new AgentId(row.GetGuid(0)), new TenantId(row.GetGuid(1)), await row.IsDBNullAsync(2, cancellationToken) ? null : new Uri(row.GetString(2)), row.GetGuid(3)));
        }
        return due;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Enabled)
            return;
        using var places = new SemaphoreSlim(settings.AtATime);
        var running = new HashSet<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                running.RemoveWhere(t => t.IsCompleted);
                var free = places.CurrentCount;
                var due = free == 0 ? [] : await TakeAsync(free, stoppingToken);
                foreach (var one in due)
                {
                    await places.WaitAsync(stoppingToken);
                    running.Add(Task.Run(() => ProbeAsync(one, places, stoppingToken), CancellationToken.None));
                }
                if (due.Count == 0 || due.Count == free)
                    await Task.Delay(Idle, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Agents can't be probed at the moment.");
                await Task.Delay(Idle, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await Task.WhenAll(running);
    }

    /// <summary>Asks down the agent's socket, whichever node holds it; the answer is recorded where it comes in. Null when there was one.</summary>
    private async Task<ProbeOutcome?> AskAsync(DueProbe due, CancellationToken cancellationToken)
    {
        var (patience, started) = (TimeSpan.FromSeconds(settings.StepSeconds), Stopwatch.GetTimestamp());
        await using (var scope = scopes.Begin("probe-engine", due.Tenant))
            await scope.SendAsync(new AskThroughSocket(due, Prober.Question, clock.GetUtcNow() + patience), cancellationToken);
        while (Stopwatch.GetElapsedTime(started) < patience)
        {
            await Task.Delay(LookForAnswer, cancellationToken);
            await using var command = engine.CreateCommand("SELECT count(*) FROM agents.probe_schedules WHERE agent_id = $1 AND lease = $2");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = due.Agent.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = due.Lease });
            if ((long)(await command.ExecuteScalarAsync(cancellationToken))! == 0)
                return null;
        }
        return new ProbeOutcome([new ProbeStep("message", ProbeStepOutcome.Failed, (int)patience.TotalMilliseconds, $"It let a call down its socket wait for {settings.StepSeconds} seconds.")], "timed_out", null);
    }

    private async Task ProbeAsync(DueProbe due, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        try
        {
            var at = clock.GetUtcNow();
            using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            time.CancelAfter(Lease);
            ProbeOutcome outcome;
            try
            {
                if (due.Endpoint is { } endpoint)
                    outcome = await prober.ProbeAsync(due.Agent, endpoint, time.Token);
                else if (await AskAsync(due, time.Token) is { } silence)
                    outcome = silence;
                else
                    return;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                outcome = new ProbeOutcome([new ProbeStep("probe", ProbeStepOutcome.Failed, (int)Lease.TotalMilliseconds, "The probe took too long as a whole.")], "timed_out", null);
            }
            await using var scope = scopes.Begin("probe-engine", due.Tenant);
            var recorded = await scope.SendAsync(new RecordProbe(due, at, outcome), cancellationToken);
            if (recorded.Succeeded && recorded.Value.Change != ListingChange.None)
                logger.LogInformation("Agent {Agent}: {Change} ({Failure})", due.Agent, recorded.Value.Change, outcome.Failure ?? "passed");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops; the lease runs out and another takes the agent up.
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "The probe of agent {Agent} failed in Hermes itself and is tried again.", due.Agent);
        }
        finally
        {
            places.Release();
        }
    }
}
