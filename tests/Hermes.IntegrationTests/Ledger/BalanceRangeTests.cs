using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>On a database of its own, because it puts money there that came from nowhere.</summary>
public sealed class BalanceRangeTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task A_balance_beyond_what_a_column_holds_is_refused_alone()
    {
        var tenant = Books.NewTenant();
        var full = AccountRef.Available(tenant, Usd);
        await app.SqlAsync<object>($"""
            set ledger.posting = 'on';
            insert into ledger.accounts (id, tenant_id, kind, owner_id, currency, balance, entry_count, opened_at, last_entry_at)
            values (gen_random_uuid(), '{tenant}', 'available', '{tenant}', 'USD', {long.MaxValue - 10}, 0, now(), now())
            """);

        var answers = await Task.WhenAll(
            app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), full, 11)),
            app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), full, 10)));

        answers[0].Error.ShouldBe(LedgerErrors.OutOfRange);
        answers[1].Error.ShouldBeNull();
        // This account began with money from nowhere, which is what the proof is there to find.
        (await app.CheckAsync()).Select(broken => broken.Rule).ShouldContain("an account's balance is the sum of its entries");
    }
}
