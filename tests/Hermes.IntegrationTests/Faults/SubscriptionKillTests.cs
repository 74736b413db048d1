namespace Hermes.IntegrationTests.Faults;

/// <summary>A node that dies by kill −9 between a month's payment and the month.</summary>
public sealed class SubscriptionKillTests : IAsyncLifetime
{
    private readonly Installation _installation = new();

    public Task InitializeAsync() => _installation.InitializeAsync();

    public Task DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_node_that_dies_between_payment_and_month_leaves_neither_and_the_next_one_does_both_once()
    {
        var node = await _installation.StartAsync("subscription.after_payment");
        var (subscriber, owner) = (await _installation.PosterAsync("100.00"), await _installation.PosterAsync("0"));
        var agent = (await owner.Caller.SendAsync(HttpMethod.Post, "/agents/register",
            new { Name = "By the month", Capabilities = new[] { "faults" }, BasePrice = new { Amount = "1.00", Currency = "USD" }, Visibility = "public" })).GetProperty("agent").GetProperty("id").GetGuid();
        await owner.Caller.SendAsync(HttpMethod.Post, $"/agents/{agent}/pricing", new { Kind = "subscription", Amount = new { Amount = "20.00", Currency = "USD" }, Subscription = new { IncludedCalls = 5 } });
        await subscriber.Caller.SendAsync(HttpMethod.Post, $"/agents/{agent}/subscription");

        await _installation.SqlAsync<object>(
            "UPDATE calls.subscriptions SET started_at = started_at - interval '1 month', period_starts_at = period_starts_at - interval '1 month', period_ends_at = now() - interval '1 second'");
        await node.DiedAsync();
        (await StandsAsync(subscriber)).ShouldBe((1, 1, 80_000_000));

        await _installation.StartAsync();
        await _installation.EventuallyAsync("SELECT period FROM calls.subscriptions", 2);
        (await StandsAsync(subscriber)).ShouldBe((2, 2, 60_000_000));
        await _installation.ShouldBeSoundAsync();
    }

    private async Task<(int Period, long Payments, long Available)> StandsAsync(Installation.Poster subscriber) => (
        await _installation.SqlAsync<int>("SELECT period FROM calls.subscriptions"),
        await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'subscription-pay:%'"),
        await _installation.SqlAsync<long>($"SELECT sum(balance)::bigint FROM ledger.accounts WHERE owner_id = '{subscriber.Tenant}' AND kind IN ('available', 'promotional')"));
}
