using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

public sealed class WalletTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task Credits_are_in_the_wallet_its_history_and_the_audit_log()
    {
        var tenant = Books.NewTenant();

        var added = await app.SendAsync(Actors.Person(tenant), new AddCredits(Money.Usd(25)));

        added.Error.ShouldBeNull();
        var wallet = (await app.SendAsync(Actors.Person(tenant), new GetWallet())).Value;
        wallet.Balances.Single().ShouldBe(new BalanceView(Money.Usd(25), Money.Usd(0), Money.Usd(0), Money.Usd(0), 0));
        var entry = (await app.SendAsync(Actors.Person(tenant), new ListTransactions(new TransactionFilter()))).Value.Items.Single();
        entry.ShouldBe(new EntryView(added.Value.TransferId, added.Value.AddedAt, AccountKind.Available, "wallet.credit", "tenant", tenant.Value, Money.Usd(25), Money.Usd(25), "Development credits"));
        (await app.SqlAsync<long>($"select count(*) from compliance.audit_entries where action = 'wallet.credit' and tenant_id = '{tenant}'")).ShouldBe(1);
        (await app.SqlAsync<long>($"select count(*) from notifications.outbox where type = 'wallet.changed' and subject_id = '{tenant}'")).ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public async Task Credits_of_nothing_or_too_much_are_refused(int units)
    {
        var tenant = Books.NewTenant();

        var answer = await app.SendAsync(Actors.Person(tenant), new AddCredits(Money.Usd(units)));

        answer.Error!.Kind.ShouldBe(ErrorKind.Invalid);
        answer.Error.Members!.Keys.ShouldBe(["amount"]);
    }

    [Fact]
    public async Task Another_tenants_wallet_does_not_exist()
    {
        var (tenant, other) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(tenant, 1_000_000);
        var stranger = Actors.Person(other);

        (await app.SendAsync(stranger, new GetWallet())).Value.Balances.Single().Available.ShouldBe(Money.Usd(0));
        (await app.SendAsync(stranger, new ListTransactions(new TransactionFilter()))).Value.Items.ShouldBeEmpty();
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd), stranger)).ShouldBe(0);
        (await app.BalanceAsync(AccountRef.PaymentClearing(Usd), stranger)).ShouldBe(0);
    }

    [Fact]
    public async Task A_missing_permission_is_refused()
    {
        var tenant = Books.NewTenant();
        var viewer = Actors.Person(tenant, Permissions.BillingView);
        var nobody = Actors.Person(tenant, Permissions.AgentsRead);

        (await app.SendAsync(viewer, new AddCredits(Money.Usd(1)))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new GetWallet())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new GetBalance())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new GetBalanceHistory())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(nobody, new ListTransactions(new TransactionFilter()))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(tenant), new CheckBooks())).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actor.Anonymous, new GetWallet())).Error!.Code.ShouldBe("access.sign_in_needed");
        (await app.SendAsync(Actors.Agent(new AgentId(Guid.CreateVersion7()), tenant), new GetWallet())).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task An_operator_proves_the_books() =>
        (await app.SendAsync(Actors.Operator(), new CheckBooks())).Value.Right.ShouldBeTrue();

    [Fact]
    public async Task Pages_of_the_history_show_every_entry_once_over_several_accounts()
    {
        var tenant = Books.NewTenant();
        var expected = new List<TransferId>();
        for (var i = 0; i < 23; i++)
        {
            var to = (i % 3) switch { 0 => AccountRef.Available(tenant, Usd), 1 => AccountRef.Earnings(tenant, Usd), _ => AccountRef.Available(tenant, Currency.Parse("EUR")) };
            var transfer = Books.Move(AccountRef.PaymentClearing(to.Currency), to, i + 1);
            (await app.PostAsync(transfer)).Error.ShouldBeNull();
            expected.Insert(0, transfer.Id);
            // Several at the same instant, so that the tie-break is needed.
            if (i % 4 == 0)
                app.Clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        var seen = new List<EntryView>();
        string? cursor = null;
        do
        {
            var page = (await app.SendAsync(Actors.Person(tenant), new ListTransactions(new TransactionFilter(), 4, cursor))).Value;
            page.Items.Count.ShouldBeLessThanOrEqualTo(4);
            seen.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        seen.Select(entry => entry.TransferId).ShouldBe(expected, ignoreOrder: true);
        seen.Select(entry => entry.At).ShouldBe(seen.Select(entry => entry.At).OrderDescending());
        foreach (var account in seen.GroupBy(entry => (entry.Kind, entry.Amount.Currency)))
            account.Select((entry, i) => entry.BalanceAfter - entry.Amount == (i + 1 < account.Count() ? account.ElementAt(i + 1).BalanceAfter : Money.Zero(account.Key.Currency))).ShouldAllBe(follows => follows);
    }

    [Fact]
    public async Task The_history_is_filtered_by_kind_currency_purpose_and_time()
    {
        var tenant = Books.NewTenant();
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 1, purpose: "wallet.credit"));
        app.Clock.Advance(TimeSpan.FromDays(1));
        var middle = app.Clock.GetUtcNow();
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Earnings(tenant, Usd), 2, purpose: "contract.release"));
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Parse("EUR")), AccountRef.Available(tenant, Currency.Parse("EUR")), 3, purpose: "contract.refund"));

        async Task<long[]> Amounts(TransactionFilter filter) =>
            [.. (await app.SendAsync(Actors.Person(tenant), new ListTransactions(filter))).Value.Items.Select(entry => entry.Amount.MicroUnits).Order()];

        (await Amounts(new TransactionFilter())).ShouldBe([1, 2, 3]);
        (await Amounts(new TransactionFilter(Kind: "earnings"))).ShouldBe([2]);
        (await Amounts(new TransactionFilter(Currency: "EUR"))).ShouldBe([3]);
        (await Amounts(new TransactionFilter(Purpose: "contract."))).ShouldBe([2, 3]);
        (await Amounts(new TransactionFilter(Purpose: "contract.refund"))).ShouldBe([3]);
        (await Amounts(new TransactionFilter(Purpose: "%"))).ShouldBeEmpty();
        (await Amounts(new TransactionFilter(From: middle))).ShouldBe([2, 3]);
        (await Amounts(new TransactionFilter(To: middle))).ShouldBe([1]);
        (await app.SendAsync(Actors.Person(tenant), new ListTransactions(new TransactionFilter(Kind: "escrow", Currency: "XXX", From: middle, To: middle))))
            .Error!.Members!.Keys.ShouldBe(["kind", "currency", "to"], ignoreOrder: true);
        app.Clock.Advance(TimeSpan.FromDays(-1));
    }

    [Fact]
    public async Task The_balance_over_time_is_that_of_each_days_end()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 10);
        app.Clock.Advance(TimeSpan.FromDays(2));
        await app.FundAsync(tenant, 5);

        var history = (await app.SendAsync(Actors.Person(tenant), new GetBalanceHistory(4))).Value;

        history.Select(point => point.Available.MicroUnits).ShouldBe([0, 10, 10, 15]);
        app.Clock.Advance(TimeSpan.FromDays(-2));
    }

    [Fact]
    public async Task An_escrow_is_locked_then_released_and_its_entries_are_each_partys_own()
    {
        var (poster, winner) = (Books.NewTenant(), Books.NewTenant());
        var contract = new ContractId(Guid.CreateVersion7());
        var escrow = AccountRef.Escrow(contract, poster, Usd);
        await app.FundAsync(poster, 10_000_000);
        await app.PostWithinAsync(Actors.Person(poster), [Books.Move(AccountRef.Available(poster, Usd), escrow, 4_000_000, purpose: "contract.hold", subject: contract.Value)]);

        var locked = (await EscrowAsync(Actors.Person(poster), contract, poster))!;
        locked.Held.ShouldBe(Money.Usd(4));
        (await app.SendAsync(Actors.Person(poster), new GetWallet())).Value.Balances.Single().ShouldBe(new BalanceView(Money.Usd(6), Money.Usd(0), Money.Usd(0), Money.Usd(4), 1));

        // 90 % released, split between agent and platform, the rest back to the poster: by the winner's own act.
        var release = Transfer.Create(Books.NewTransferId(), "contract.release", $"release:{contract}", "contract", contract.Value,
        [
            new(escrow, -4_000_000), new(AccountRef.Earnings(winner, Usd), 3_060_000), new(AccountRef.PlatformFees(Usd), 540_000), new(AccountRef.Available(poster, Usd), 400_000),
        ]).Value;
        (await app.PostWithinAsync(Actors.Agent(new AgentId(Guid.CreateVersion7()), winner), [release])).Error.ShouldBeNull();

        var released = (await EscrowAsync(Actors.Person(poster), contract, poster))!;
        (released.Held, released.Funded, released.Released, released.Refunded)
            .ShouldBe((Money.Usd(0), Money.Usd(4), Money.Usd(3.6m), Money.Usd(0.4m)));
        released.Entries.Select(entry => (entry.Kind, entry.Amount.MicroUnits)).ShouldBe(
            [(AccountKind.Available, -4_000_000L), (AccountKind.Escrow, 4_000_000L), (AccountKind.Escrow, -4_000_000L), (AccountKind.Available, 400_000L)], ignoreOrder: true);
        (await EntriesAsync(Actors.Person(winner), contract, winner)).ShouldBe([(AccountKind.Earnings, 3_060_000L)]);
        (await EntriesAsync(Actors.Person(winner), contract, poster)).ShouldBeEmpty();
        (await EscrowAsync(Actors.Person(winner), contract, poster)).ShouldBeNull();
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Open_escrows_are_listed_page_by_page_and_empty_ones_are_not()
    {
        var (poster, other) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(poster, 100);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 5; i++)
        {
            contracts.Insert(0, new ContractId(Guid.CreateVersion7(DateTimeOffset.UtcNow.AddSeconds(i))));
            await app.PostAsync(Books.Move(AccountRef.Available(poster, Usd), AccountRef.Escrow(contracts[0], poster, Usd), i + 1));
        }
        await app.PostAsync(Books.Move(AccountRef.Escrow(contracts[2], poster, Usd), AccountRef.Available(poster, Usd), 3));

        var first = (await app.SendAsync(Actors.Person(poster), new ListEscrows(2))).Value;
        var second = (await app.SendAsync(Actors.Person(poster), new ListEscrows(2, first.NextCursor))).Value;

        first.Items.Concat(second.Items).Select(escrow => (escrow.ContractId, escrow.Held.MicroUnits))
            .ShouldBe([(contracts[0], 5L), (contracts[1], 4L), (contracts[3], 2L), (contracts[4], 1L)]);
        second.NextCursor.ShouldBeNull();
        (await app.SendAsync(Actors.Person(other), new ListEscrows())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(poster, Permissions.AgentsRead), new ListEscrows())).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task An_escrow_that_went_back_is_refunded()
    {
        var poster = Books.NewTenant();
        var contract = new ContractId(Guid.CreateVersion7());
        await app.FundAsync(poster, 10);
        await app.PostAsync(Books.Move(AccountRef.Available(poster, Usd), AccountRef.Escrow(contract, poster, Usd), 10));
        await app.PostAsync(Books.Move(AccountRef.Escrow(contract, poster, Usd), AccountRef.Available(poster, Usd), 10));

        (await EscrowAsync(Actors.Person(poster), contract, poster))!.Refunded.ShouldBe(new Money(10, Usd));
    }

    private async Task<EscrowMoney?> EscrowAsync(Actor actor, ContractId contract, TenantId poster)
    {
        await using var scope = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.CreateAsyncScope(app.Services);
        Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Infrastructure.Shared.ActorScope>(scope.ServiceProvider).Become(actor);
        return await Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<IEscrows>(scope.ServiceProvider).OfAsync(contract, poster, CancellationToken.None);
    }

    private async Task<List<(AccountKind, long)>> EntriesAsync(Actor actor, ContractId contract, TenantId tenant)
    {
        await using var scope = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.CreateAsyncScope(app.Services);
        Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Infrastructure.Shared.ActorScope>(scope.ServiceProvider).Become(actor);
        var entries = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<ILedgerEntries>(scope.ServiceProvider);
        return [.. (await entries.OfContractAsync(contract, tenant, CancellationToken.None)).Select(entry => (entry.Kind, entry.Amount.MicroUnits))];
    }
}
