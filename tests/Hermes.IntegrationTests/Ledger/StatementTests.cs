using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

public sealed class StatementTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Statements_equal_entries_whatever_happened(int seed)
    {
        var random = new Random(seed);
        var tenant = Books.NewTenant();
        var person = Actors.Person(tenant);
        AccountRef[] own = [AccountRef.Available(tenant, Usd), AccountRef.Promotional(tenant, Usd), AccountRef.Earnings(tenant, Usd)];
        string[] purposes = ["contract.hold", "contract.refund", "call.settle", "wallet.credit"];
        await app.FundAsync(tenant, 1_000);
        for (var i = 0; i < 120; i++)
        {
            app.Clock.Advance(TimeSpan.FromHours(random.Next(1, 30)));
            var (account, amount) = (own[random.Next(3)], random.NextInt64(1, 500));
            // Some are refused because nothing is there, which must leave no trace.
            await app.PostAsync(random.Next(2) == 0
                ? Books.Move(AccountRef.PaymentClearing(Usd), account, amount, purpose: purposes[random.Next(4)])
                : Books.Move(account, AccountRef.PaymentClearing(Usd), amount, purpose: purposes[random.Next(4)]));
        }

        var rows = (await app.SendAsync(person, new ListStatements())).Value;
        rows.Count.ShouldBeGreaterThan(2);
        var before = new Dictionary<AccountKind, Money>();
        foreach (var row in rows.Reverse())
        {
            var statement = (await app.SendAsync(person, new GetStatement(row.Month, row.Currency))).Value;
            var entries = await AllAsync(person, new TransactionFilter(null, "USD", null, statement.From, statement.To));
            foreach (var account in statement.Accounts)
            {
                var mine = entries.Where(e => e.Kind == account.Kind).ToList();
                account.Opening.ShouldBe(before.GetValueOrDefault(account.Kind, Money.Usd(0)));
                account.In.MicroUnits.ShouldBe(mine.Where(e => e.Amount.MicroUnits > 0).Sum(e => e.Amount.MicroUnits));
                account.Out.MicroUnits.ShouldBe(-mine.Where(e => e.Amount.MicroUnits < 0).Sum(e => e.Amount.MicroUnits));
                (account.Opening + account.In - account.Out).ShouldBe(account.Closing);
                account.Entries.ShouldBe(mine.Count);
                if (mine.Count > 0)
                    mine[0].BalanceAfter.ShouldBe(account.Closing);
                before[account.Kind] = account.Closing;
                statement.Purposes.Where(p => p.Kind == account.Kind).Sum(p => p.In.MicroUnits - p.Out.MicroUnits).ShouldBe((account.In - account.Out).MicroUnits);
            }
        }
        var wallet = (await app.SendAsync(person, new GetWallet())).Value.Balances.Single();
        (before[AccountKind.Available], before[AccountKind.Promotional], before[AccountKind.Earnings]).ShouldBe((wallet.Available, wallet.Promotional, wallet.Earnings));
        var finance = (await app.SendAsync(person, new GetFinance("USD", 36))).Value;
        finance.Months.Sum(m => m.Added.MicroUnits + m.Income.MicroUnits - m.Spending.MicroUnits - m.PaidOut.MicroUnits)
            .ShouldBe((wallet.Available + wallet.Promotional).MicroUnits + finance.Months.Sum(m => m.Income.MicroUnits));
    }

    [Fact]
    public async Task Another_tenants_statement_is_empty_and_bad_months_and_missing_permissions_are_refused()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 1_000);
        var month = app.Clock.GetUtcNow().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);

        (await app.SendAsync(Actors.Person(tenant), new GetStatement(month))).Value.Accounts.ShouldHaveSingleItem();
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new GetStatement(month))).Value.Accounts.ShouldBeEmpty();
        foreach (var bad in new[] { "", "2026", "2026-13", "26-01", "2026-01-01", "9999-12", "0000-00" })
            (await app.SendAsync(Actors.Person(tenant), new GetStatement(bad))).Error!.Members!.Keys.ShouldBe(["month"], bad);
        (await app.SendAsync(Actors.Person(tenant), new GetStatement(month, "XXX"))).Error!.Members!.Keys.ShouldBe(["currency"]);
        (await app.SendAsync(Actors.Person(tenant), new GetFinance("USD", 0))).Error!.Members!.Keys.ShouldBe(["last_months"]);
        var nobody = Actors.Person(tenant, Permissions.AgentsRead);
        (await app.SendAsync(nobody, new GetStatement(month))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new ListStatements())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new GetFinance())).Error!.Code.ShouldBe("access.permission_missing");
    }

    private async Task<List<Application.Ledger.Public.EntryView>> AllAsync(Actor person, TransactionFilter filter)
    {
        var all = new List<Application.Ledger.Public.EntryView>();
        string? cursor = null;
        do
        {
            var page = (await app.SendAsync(person, new ListTransactions(filter, 100, cursor))).Value;
            all.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all;
    }
}
