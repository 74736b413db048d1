using Hermes.Application.Billing;
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
/// What Billing does by the clock, on one node at a time (a database lock): payouts and refunds that are due, payments on a chain whose end nobody knows, scheduled payouts,
/// reminders of what is overdue, overage, and the looks for events that never came, for what moved and for what became of payouts.
/// </summary>
internal sealed class BillingClock(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, BillingSettings settings, IPaymentProvider provider, IX402 x402, TimeProvider clock, ILogger<BillingClock> logger)
    : BackgroundService
{
    private const long Lock = 0x4865726D65734263; // "HermesBc"
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Check = TimeSpan.FromHours(1);

    private DateTimeOffset _slowAt;
    private DateTimeOffset _reconciledAt;
    private DateTimeOffset _checkedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!provider.IsThere && !x402.IsThere)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                logger.LogWarning(failure, "Billing's jobs stumbled and are tried again.");
            }
            await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does what is due; nothing while another node does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await engine.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({Lock})", connection, transaction))
            if (await take.ExecuteScalarAsync(cancellationToken) is not true)
                return;
        var now = clock.GetUtcNow();
        foreach (var (id, tenant) in await DueAsync("SELECT id, tenant_id FROM billing.payouts WHERE due_at <= $1 AND state = 'pending' ORDER BY due_at LIMIT 50", now, cancellationToken))
            await SendAsync(new SendPayout(new PayoutId(id)), tenant, cancellationToken);
        foreach (var (id, tenant) in await DueAsync("SELECT id, tenant_id FROM billing.purchases WHERE refund_due_at <= $1 ORDER BY refund_due_at LIMIT 20", now, cancellationToken))
            await SendAsync(new SendRefund(new PurchaseId(id)), tenant, cancellationToken);
        foreach (var (id, tenant) in await DueAsync("SELECT purchase_id, tenant_id FROM billing.on_chain_payments WHERE next_at <= $1 ORDER BY next_at LIMIT 20", now, cancellationToken))
            await SendAsync(new SettleX402(new PurchaseId(id)), tenant, cancellationToken);
        if (now - _slowAt >= Slow || now < _slowAt)
        {
            _slowAt = now;
            await SendAsync(new RunDunning(), null, cancellationToken);
            await SendAsync(new ReportOverage(), null, cancellationToken);
            // Debts are repaid, too, and schedules decide by themselves whether it is their day.
            foreach (var (id, _) in await DueAsync("""
                SELECT tenant_id, tenant_id FROM billing.accounts WHERE payee_ready AND rhythm <> 'manual' AND (last_run IS NULL OR last_run < ($1 AT TIME ZONE 'UTC')::date)
                UNION SELECT d.tenant_id, d.tenant_id FROM billing.debts d JOIN ledger.accounts a ON a.owner_id = d.tenant_id AND a.kind = 'earnings' AND a.balance > 0 WHERE d.micro_units > 0 AND $1 IS NOT NULL
                """, now, cancellationToken))
                await SendAsync(new RunScheduledPayout(), new TenantId(id), cancellationToken);
        }
        if (now - _reconciledAt >= TimeSpan.FromSeconds(settings.ReconcileSeconds) || now < _reconciledAt)
        {
            _reconciledAt = now;
            await SendAsync(new FetchMissedEvents(), null, cancellationToken);
            await SendAsync(new FetchMovements(), null, cancellationToken);
        }
        if (now - _checkedAt >= Check || now < _checkedAt)
        {
            _checkedAt = now;
            await SendAsync(new CheckPayees(), null, cancellationToken);
        }
    }

    private async Task SendAsync<T>(MediatR.IRequest<Result<T>> request, TenantId? tenant, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin("billing", tenant);
        var done = await scope.SendAsync(request, cancellationToken);
        if (!done.Succeeded)
            logger.LogInformation("{Request} is tried again: {Code}", request.GetType().Name, done.Error.Code);
    }

    private async Task<List<(Guid Id, TenantId Tenant)>> DueAsync(string sql, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        var due = new List<(Guid, TenantId)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            due.Add((row.GetGuid(0), new TenantId(row.GetGuid(1))));
        return due;
    }
}
