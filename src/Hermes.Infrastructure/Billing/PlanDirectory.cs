using System.Collections.Concurrent;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Billing;

/// <summary>Terms by tenant, kept for a few seconds and forgotten when the event of a change arrives.</summary>
internal sealed class PlanDirectory(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, PlanBook book, PlansSettings settings, TimeProvider clock) : IPlans, IEventObserver
{
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(10);
    private const int MostKept = 50_000;

    private readonly ConcurrentDictionary<TenantId, (PlanTerms Terms, DateTimeOffset At)> _kept = new();

    public void Seen(LiveFrame frame)
    {
        if (frame.SubjectType == "subscription")
            _kept.TryRemove(new TenantId(frame.SubjectId), out _);
    }

    public ValueTask<PlanTerms> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return _kept.TryGetValue(tenant, out var kept) && now - kept.At < Keep && now >= kept.At ? new(kept.Terms) : new(ReadAsync(tenant, now, cancellationToken));
    }

    private async Task<PlanTerms> ReadAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var terms = book[settings.Default].Terms;
        await using (var command = engine.CreateCommand("SELECT plan, next_plan, state, period_end, past_due_since FROM billing.subscriptions WHERE tenant_id = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant.Value });
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (await row.ReadAsync(cancellationToken))
                terms = TermsOf(Enum.Parse<TenantPlan>(row.GetString(0), true), await row.IsDBNullAsync(1, cancellationToken) ? null : Enum.Parse<TenantPlan>(row.GetString(1), true),
                    row.GetString(2), await InstantAsync(row, 3, cancellationToken), await InstantAsync(row, 4, cancellationToken), now);
        }
        if (_kept.Count > MostKept)
            _kept.Clear();
        _kept[tenant] = (terms, now);
        return terms;
    }

    private PlanTerms TermsOf(TenantPlan plan, TenantPlan? next, string state, DateTimeOffset? periodEnd, DateTimeOffset? pastDue, DateTimeOffset now)
    {
        if (state is "incomplete" or "ended")
            return book[settings.Default].Terms;
        var terms = book[next is { } follows && periodEnd <= now ? follows : plan].Terms;
        return StandingOf(settings, pastDue, now) switch
        {
            PlanStanding.Good => terms,
            PlanStanding.Grace => terms with { Standing = PlanStanding.Grace },
            var standing => book[TenantPlan.Free].Terms with { Plan = terms.Plan, PlatformBasisPoints = terms.PlatformBasisPoints, Standing = standing },
        };
    }

    /// <summary>How a tenant stands whose payment is overdue since then.</summary>
    public static PlanStanding StandingOf(PlansSettings settings, DateTimeOffset? pastDue, DateTimeOffset now) =>
        pastDue is not { } since ? PlanStanding.Good
        : now >= since.AddDays(settings.SuspendAfterDays) ? PlanStanding.Suspended
        : now >= since.AddDays(settings.GraceDays) ? PlanStanding.Limited
        : PlanStanding.Grace;

    private static async Task<DateTimeOffset?> InstantAsync(NpgsqlDataReader row, int column, CancellationToken cancellationToken) =>
        await row.IsDBNullAsync(column, cancellationToken) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
