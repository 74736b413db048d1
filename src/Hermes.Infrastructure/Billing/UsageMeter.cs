using System.Collections.Concurrent;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Billing;

/// <summary>
/// Counts uses per tenant over all nodes and refuses what the plan does not cover. A decision is made in memory; once a
/// second a node adds its counts to the shared ones in one statement and learns the sums, so the nodes together let through
/// at most what each of them admits in that second beyond the limit. What counted once stays counted: the rows are what
/// usage pages show and overage is charged by.
/// </summary>
internal sealed class UsageMeter(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IPlans plans, PlansSettings settings, ISystemScopes scopes,
    TimeProvider clock, ILogger<UsageMeter> logger) : BackgroundService, IQuotas
{
    private static readonly TimeSpan Share = TimeSpan.FromSeconds(1);
    private const string Overage = "overage";

    private readonly ConcurrentDictionary<(TenantId Tenant, PlanUse Use), Counter> _counters = new();

    public async ValueTask<Error?> TakeAsync(TenantId tenant, PlanUse use, CancellationToken cancellationToken)
    {
        if (tenant == TenantId.Platform)
            return null;
        var terms = await plans.OfAsync(tenant, cancellationToken);
        var (most, what) = use == PlanUse.Request ? (terms.RequestsPerDay, "requests of today") : (terms.CallsPerHour, "calls of this hour");
        var start = StartOf(use, clock.GetUtcNow());
        var counter = _counters.GetOrAdd((tenant, use), static _ => new Counter());
        lock (counter)
        {
            if (counter.Start != start)
                counter.Begin(start);
            if (settings.Enforce && most is { } limit && counter.Sum >= limit && !(use == PlanUse.Request && counter.OverageAllowed && terms.Features.Contains(Overage)))
                return BillingErrors.QuotaUsedUp(what, limit);
            counter.Own++;
        }
        return null;
    }

    /// <summary>Adds this node's counts to the shared ones and learns the sums.</summary>
    public async Task ShareAsync(CancellationToken cancellationToken)
    {
        var rows = new List<(TenantId Tenant, PlanUse Use, DateTimeOffset Start, long Count, int? Most, bool Charged)>();
        foreach (var ((tenant, use), counter) in _counters.OrderBy(c => c.Key.Tenant.Value).ThenBy(c => c.Key.Use))
        {
            long own;
            DateTimeOffset start;
            lock (counter)
                (own, start) = (counter.Own, counter.Start);
            if (own == 0)
            {
                if (start != StartOf(use, clock.GetUtcNow()))
                    _counters.TryRemove((tenant, use), out _);
                continue;
            }
            var terms = await plans.OfAsync(tenant, cancellationToken);
            rows.Add((tenant, use, start, own, use == PlanUse.Request ? terms.RequestsPerDay : terms.CallsPerHour, use == PlanUse.Request && terms.Features.Contains(Overage)));
        }
        if (rows.Count == 0)
            return;
        await using var command = engine.CreateCommand("""
            WITH own AS (
                SELECT o.tenant_id, o.use, o.starts_at, o.n, coalesce(b.overage_allowed, false) AS allowed,
                       CASE WHEN o.charged AND b.overage_allowed THEN o.most END AS free
                FROM unnest($1, $2, $3, $4, $5, $6) AS o (tenant_id, use, starts_at, n, most, charged) LEFT JOIN billing.accounts b ON b.tenant_id = o.tenant_id),
            added AS (
                INSERT INTO billing.usage AS u (tenant_id, use, starts_at, count, over, reported, reporting, warned)
                SELECT tenant_id, use, starts_at, n, greatest(0, n - free), 0, 0, 0 FROM own
                ON CONFLICT (tenant_id, use, starts_at) DO UPDATE SET
                    count = u.count + excluded.count,
                    over = u.over + greatest(0, least(excluded.count, u.count + excluded.count - coalesce((SELECT free FROM own WHERE own.tenant_id = u.tenant_id AND own.use = u.use), u.count + excluded.count)))
                RETURNING tenant_id, use, count, warned)
            SELECT a.tenant_id, a.use, a.count, a.warned, own.allowed FROM added a JOIN own USING (tenant_id, use)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. rows.Select(r => r.Tenant.Value)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(r => Text(r.Use))] });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset[]> { TypedValue = [.. rows.Select(r => r.Start)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. rows.Select(r => r.Count)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. rows.Select(r => (long?)r.Most)] });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. rows.Select(r => r.Charged)] });
        var sums = new Dictionary<(Guid, string), (long Count, int Warned, bool Overage)>();
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                sums[(reader.GetGuid(0), reader.GetString(1))] = (reader.GetInt64(2), reader.GetInt32(3), reader.GetBoolean(4));
        foreach (var row in rows)
        {
            var (count, warned, overage) = sums[(row.Tenant.Value, Text(row.Use))];
            if (_counters.TryGetValue((row.Tenant, row.Use), out var counter))
                lock (counter)
                    if (counter.Start == row.Start)
                        (counter.Shared, counter.Own, counter.OverageAllowed) = (count, counter.Own - row.Count, overage);
            if (settings.Enforce && row.Most is { } most && LevelOf(count, most) is var level && level > warned)
            {
                await using var scope = scopes.Begin("usage", row.Tenant);
                await scope.SendAsync(new Application.Billing.WarnOfUsage(Text(row.Use), row.Start, level), cancellationToken);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Share);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryShareAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            await TryShareAsync(CancellationToken.None);
        }
    }

    private async Task TryShareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ShareAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            logger.LogWarning(failure, "Usage can't be counted together at the moment; each node counts for itself.");
        }
    }

    /// <summary>The start of the window: a day for requests, an hour for calls.</summary>
    public static DateTimeOffset StartOf(PlanUse use, DateTimeOffset now) =>
        use == PlanUse.Request ? new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero) : new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.UtcDateTime.Hour), TimeSpan.Zero);

    /// <summary>Which warning is due in percent: 0, 80 or 100.</summary>
    public static int LevelOf(long used, int most) => used >= most ? 100 : used * 100 >= (long)most * 80 ? 80 : 0;

    private static string Text(PlanUse use) => use == PlanUse.Request ? "request" : "call";

    private sealed class Counter
    {
        public DateTimeOffset Start { get; private set; }

        public long Shared { get; set; }

        public long Own { get; set; }

        public bool OverageAllowed { get; set; }

        public long Sum => Shared + Own;

        // What was not shared of the window before is lost with it: less than a second's.
        public void Begin(DateTimeOffset start) => (Start, Shared, Own) = (start, 0, 0);
    }
}
