using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

public sealed class PostTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task A_transfer_changes_both_balances_once()
    {
        var (payer, payee) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(payer, 10_000_000);
        var transfer = Books.Move(AccountRef.Available(payer, Usd), AccountRef.Earnings(payee, Usd), 4_000_000);

        var posted = await app.PostAsync(transfer);

        posted.Value.Id.ShouldBe(transfer.Id);
        posted.Value.Replayed.ShouldBeFalse();
        (await app.BalanceAsync(AccountRef.Available(payer, Usd))).ShouldBe(6_000_000);
        (await app.BalanceAsync(AccountRef.Earnings(payee, Usd))).ShouldBe(4_000_000);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task The_same_key_and_content_answers_the_first_time_again()
    {
        var tenant = Books.NewTenant();
        var first = await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 5, "again-1"));

        var second = await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 5, "again-1"));

        second.Value.ShouldBe(first.Value with { Replayed = true });
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(5);
    }

    [Theory]
    [InlineData(6, "test.move", false)]
    [InlineData(5, "test.other", false)]
    [InlineData(5, "test.move", true)]
    public async Task The_same_key_with_other_content_is_refused(long amount, string purpose, bool otherAccount)
    {
        var (tenant, key) = (Books.NewTenant(), $"reused-{amount}-{purpose}-{otherAccount}");
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 5, key));
        var to = otherAccount ? AccountRef.Earnings(tenant, Usd) : AccountRef.Available(tenant, Usd);

        var answer = await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), to, amount, key, purpose));

        answer.Error.ShouldBe(LedgerErrors.KeyReused);
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(5);
        (await app.BalanceAsync(AccountRef.Earnings(tenant, Usd))).ShouldBe(0);
    }

    [Fact]
    public async Task An_overdraft_is_refused_and_leaves_nothing()
    {
        var (payer, payee) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(payer, 100);

        var answer = await app.PostAsync(Books.Move(AccountRef.Available(payer, Usd), AccountRef.Earnings(payee, Usd), 101, "overdraft"));

        answer.Error.ShouldBe(LedgerErrors.InsufficientFunds);
        (await app.BalanceAsync(AccountRef.Available(payer, Usd))).ShouldBe(100);
        (await app.SqlAsync<long>("select count(*) from ledger.transfers where idempotency_key = 'overdraft'")).ShouldBe(0);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_refused_key_may_be_used_when_the_money_is_there()
    {
        var (payer, payee) = (Books.NewTenant(), Books.NewTenant());
        var transfer = Books.Move(AccountRef.Available(payer, Usd), AccountRef.Earnings(payee, Usd), 50);
        (await app.PostAsync(transfer)).Error.ShouldBe(LedgerErrors.InsufficientFunds);
        await app.FundAsync(payer, 50);

        (await app.PostAsync(transfer)).Value.Replayed.ShouldBeFalse();
    }

    [Fact]
    public async Task An_overdraft_fails_alone_among_hundreds_posted_together()
    {
        var payee = AccountRef.Earnings(Books.NewTenant(), Usd);
        var payers = Enumerable.Range(0, 300).Select(_ => Books.NewTenant()).ToList();
        await Task.WhenAll(payers.Where((_, i) => i % 10 != 0).Select(payer => app.FundAsync(payer, 7)));

        var answers = await Task.WhenAll(payers.Select(payer => app.PostAsync(Books.Move(AccountRef.Available(payer, Usd), payee, 7))));

        answers.Select(answer => answer.Error).ShouldBe(payers.Select((_, i) => i % 10 == 0 ? LedgerErrors.InsufficientFunds : null));
        (await app.BalanceAsync(payee)).ShouldBe(270 * 7);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Money_that_arrives_later_in_the_same_batch_does_not_cover_an_earlier_transfer_out()
    {
        var tenant = Books.NewTenant();
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 5));
        var system = Actors.System();

        var answer = await app.PostWithinAsync(system,
        [
            Books.Move(AccountRef.Available(tenant, Usd), AccountRef.PlatformFees(Usd), 10),
            Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 10),
        ]);

        answer.Error.ShouldBe(LedgerErrors.InsufficientFunds);
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(5);
    }

    [Fact]
    public async Task Thirty_two_callers_move_a_hot_wallet_to_exactly_nothing()
    {
        var payer = Books.NewTenant();
        await app.FundAsync(payer, 1_000);
        var posted = 0;

        await Task.WhenAll(Enumerable.Range(0, 32).Select(async caller =>
        {
            for (var i = 0; i < 50; i++)
            {
                var answer = await app.PostAsync(Books.Move(AccountRef.Available(payer, Usd), AccountRef.Escrow(new ContractId(Guid.CreateVersion7()), payer, Usd), 1));
                if (answer.Succeeded)
                    Interlocked.Increment(ref posted);
                else
                    answer.Error.ShouldBe(LedgerErrors.InsufficientFunds);
            }
        }));

        posted.ShouldBe(1_000);
        (await app.BalanceAsync(AccountRef.Available(payer, Usd))).ShouldBe(0);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Thirty_two_callers_with_one_key_post_once()
    {
        var tenant = Books.NewTenant();

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ =>
            app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), 3, "same-for-all"))));

        answers.Count(answer => !answer.Value.Replayed).ShouldBe(1);
        answers.Select(answer => answer.Value.Id).Distinct().Count().ShouldBe(1);
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(3);
    }

    [Fact]
    public async Task Two_nodes_and_units_of_work_move_the_same_accounts_without_losing_any()
    {
        await using var second = app.NewNode();
        _ = second.Server;
        var (a, b) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(a, 10_000);
        await app.FundAsync(b, 10_000);
        var (fromA, fromB) = (AccountRef.Available(a, Usd), AccountRef.Available(b, Usd));

        await Task.WhenAll(Enumerable.Range(0, 24).Select(async caller =>
        {
            for (var i = 0; i < 20; i++)
            {
                var transfer = caller % 2 == 0 ? Books.Move(fromA, fromB, 3) : Books.Move(fromB, fromA, 5);
                if (caller % 3 == 0)
                    (await app.PostWithinAsync(Actors.System(), [transfer])).Error.ShouldBeNull();
                else
                    (await (caller % 3 == 1 ? app.Services : second.Services).PostAsync(transfer)).Error.ShouldBeNull();
            }
        }));

        (await app.BalanceAsync(fromA)).ShouldBe(10_000 + (12 * 20 * (5 - 3)));
        (await app.BalanceAsync(fromB)).ShouldBe(10_000 - (12 * 20 * (5 - 3)));
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task An_account_named_with_another_tenant_than_its_own_is_refused_alone()
    {
        var (owner, other) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(owner, 100);
        var stranger = new AccountRef(AccountKind.Available, owner.Value, other, Usd);

        var answers = await Task.WhenAll(
            app.PostAsync(Books.Move(stranger, AccountRef.Earnings(other, Usd), 5)),
            app.PostAsync(Books.Move(AccountRef.Available(owner, Usd), AccountRef.Earnings(other, Usd), 5)));

        answers[0].Error.ShouldBe(LedgerErrors.Malformed);
        answers[1].Error.ShouldBeNull();
    }

    [Fact]
    public async Task Posting_within_is_undone_with_its_unit_of_work()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 100);
        var hold = Books.Move(AccountRef.Available(tenant, Usd), AccountRef.Escrow(new ContractId(Guid.CreateVersion7()), tenant, Usd), 60);

        var refused = await app.PostWithinAsync(Actors.Person(tenant), [hold], after: Error.Conflict("test.refused", "No."));
        refused.Error!.Code.ShouldBe("test.refused");
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(100);

        var posted = await app.PostWithinAsync(Actors.Person(tenant), [hold]);
        posted.Value.Single().Replayed.ShouldBeFalse();
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(40);
        (await app.PostWithinAsync(Actors.Person(tenant), [hold])).Value.Single().Replayed.ShouldBeTrue();
    }

    [Fact]
    public async Task Both_ways_of_posting_know_each_others_transfers()
    {
        var (tenant, contract) = (Books.NewTenant(), new ContractId(Guid.CreateVersion7()));
        await app.FundAsync(tenant, 100);
        Transfer Split(string key) => Transfer.Create(Books.NewTransferId(), "contract.hold", key, "contract – ünïcode", contract.Value,
            [new(AccountRef.Available(tenant, Usd), -10), new(AccountRef.PlatformFees(Usd), 3), new(AccountRef.Escrow(contract, tenant, Usd), 7)]).Value;

        (await app.PostAsync(Split("ways-1"))).Value.Replayed.ShouldBeFalse();
        (await app.PostWithinAsync(Actors.Person(tenant), [Split("ways-1")])).Value.Single().Replayed.ShouldBeTrue();
        (await app.PostWithinAsync(Actors.Person(tenant), [Split("ways-2")])).Value.Single().Replayed.ShouldBeFalse();
        (await app.PostAsync(Split("ways-2"))).Value.Replayed.ShouldBeTrue();
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(80);
    }

    [Fact]
    public async Task Posting_within_refuses_all_for_one()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 100);
        var (wallet, fees) = (AccountRef.Available(tenant, Usd), AccountRef.PlatformFees(Usd));

        var answer = await app.PostWithinAsync(Actors.Person(tenant), [Books.Move(wallet, fees, 60), Books.Move(wallet, fees, 60)]);

        answer.Error.ShouldBe(LedgerErrors.InsufficientFunds);
        (await app.BalanceAsync(wallet)).ShouldBe(100);
    }

    [Fact]
    public async Task Posting_within_needs_a_transaction() =>
        await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            await using var scope = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.CreateAsyncScope(app.Services);
            var ledger = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Application.Ledger.Public.ILedger>(scope.ServiceProvider);
            await ledger.PostWithinAsync([], CancellationToken.None);
        });

    [Fact]
    public async Task Time_in_an_account_never_goes_back_though_the_clock_does()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 5);
        app.Clock.Advance(TimeSpan.FromHours(-2));
        await app.FundAsync(tenant, 5);
        app.Clock.Advance(TimeSpan.FromHours(2));

        (await app.SqlAsync<bool>($"""
            select max(created_at) filter (where seq = 2) >= max(created_at) filter (where seq = 1)
            from ledger.entries where account_id = (select id from ledger.accounts where owner_id = '{tenant}')
            """)).ShouldBeTrue();
    }
}
