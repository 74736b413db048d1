using Hermes.Application.Billing;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

public sealed class OverageTests(BillingApp app) : IClassFixture<BillingApp>
{
    [Fact]
    public async Task A_report_whose_answer_was_lost_says_the_same_again_and_the_rest_later()
    {
        var tenant = await PayerAsync();
        await UsedAsync(tenant, 1, over: 10);
        await ReportAsync();
        await Eventually.IsAsync(() => ToldAsync(tenant), 10);

        // Hermes died before it could note that; meanwhile late counts came in.
        await app.SqlAsync<int>($"UPDATE billing.usage SET reported = 0, over = 12 WHERE tenant_id = '{tenant}'");
        app.Clock.Advance(TimeSpan.FromMinutes(3));
        await ReportAsync();
        await ReportAsync();

        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT reported FROM billing.usage WHERE tenant_id = '{tenant}'"), 12);
        (await ToldAsync(tenant)).ShouldBe(12);
    }

    [Fact]
    public async Task A_payer_that_the_provider_refuses_keeps_no_other_waiting()
    {
        var (refused, fine) = (await PayerAsync(), await PayerAsync());
        await UsedAsync(refused, 3, over: 5);
        await app.SqlAsync<int>($"UPDATE billing.accounts SET customer_id = 'cus_gone' WHERE tenant_id = '{refused}'");
        await UsedAsync(fine, 2, over: 7);

        (await app.SendAsync(Actors.System(), new ReportOverage())).Error.ShouldBeNull();

        await Eventually.IsAsync(() => ToldAsync(fine), 7);
        (await app.SqlAsync<long>($"SELECT reported FROM billing.usage WHERE tenant_id = '{refused}'")).ShouldBe(0);
        (await app.SendAsync(Actors.Person(fine), new ReportOverage())).Error!.Code.ShouldBe("access.permission_missing");
    }

    private async Task ReportAsync() => (await app.SendAsync(Actors.System(), new ReportOverage())).Error.ShouldBeNull();

    private async Task<TenantId> PayerAsync()
    {
        var tenant = Books.NewTenant();
        await app.BuyAsync(tenant, 5);
        return tenant;
    }

    private Task<int> UsedAsync(TenantId tenant, int daysAgo, int over) => app.SqlAsync<int>($"""
        INSERT INTO billing.usage (tenant_id, use, starts_at, count, over, reported, reporting, warned)
        VALUES ('{tenant}', 'request', '{app.Clock.GetUtcNow().UtcDateTime.Date.AddDays(-daysAgo):yyyy-MM-dd}T00:00:00Z', 1000, {over}, 0, 0, 0)
        """);

    private Task<long> ToldAsync(TenantId tenant) => app.SqlAsync<long>($"""
        SELECT coalesce(sum((data->'payload'->>'value')::bigint), 0)::bigint FROM billing.test_objects
        WHERE kind = 'billing.meter_event' AND data->>'customer' = (SELECT customer_id FROM billing.accounts WHERE tenant_id = '{tenant}')
        """);
}
