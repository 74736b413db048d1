using Hermes.Application.Calls;
using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>An app with a provider that says what the test tells it to.</summary>
public sealed class ReconcileApp : CallsApp
{
    public List<ProviderMovement> Moved { get; } = [];

    /// <summary>Happens between the look at the claims and the look at the escrows, once.</summary>
    public Func<Task>? BetweenLooks { get; set; }

    protected override void Configure(IWebHostBuilder builder)
    {
        base.Configure(builder);
        builder.ConfigureTestServices(services => services.AddScoped<IProviderMovements>(_ => new Provider(Moved)).AddScoped<IHeldClaims>(_ => new Last(this)));
    }

    private sealed class Last(ReconcileApp app) : IHeldClaims
    {
        public async Task<IReadOnlyList<HeldClaim>> OpenAsync(CancellationToken cancellationToken)
        {
            if (app.BetweenLooks is { } happens)
            {
                app.BetweenLooks = null;
                await happens();
            }
            return [];
        }

        public Task<IReadOnlyList<HeldClaim>> OfAsync(IReadOnlyCollection<Guid> subjects, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<HeldClaim>>([]);
    }

    private sealed class Provider(List<ProviderMovement> moved) : IProviderMovements
    {
        public IReadOnlyCollection<string> SubjectTypes => ["test_purchase"];

        public Task<DateTimeOffset> KnownUntilAsync(CancellationToken cancellationToken) => Task.FromResult(DateTimeOffset.MaxValue);

        public Task<IReadOnlyList<ProviderMovement>> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ProviderMovement>>([.. moved.Where(m => m.At >= from && m.At < to)]);
    }
}

/// <summary>A deliberately broken book shows that each kind of difference is found. One database for all: each test looks for its own subject.</summary>
public sealed class ReconcileTests(ReconcileApp app) : IClassFixture<ReconcileApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task Right_books_have_no_case_and_a_second_run_reads_only_what_is_new()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 5_000_000);
        await RunAsync();

        var idle = await RunAsync();
        await app.FundAsync(tenant, 1_000_000);
        var next = await RunAsync();

        idle.Entries.ShouldBe(0);
        (next.Accounts, next.Entries).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_balance_that_is_not_the_sum_of_its_entries_is_found_and_stays_until_it_is_closed()
    {
        var tenant = Books.NewTenant();
        // A currency of its own: the other tests leave theirs broken.
        var gbp = Currency.Parse("GBP");
        (await app.PostAsync(Books.Move(AccountRef.PaymentClearing(gbp), AccountRef.Available(tenant, gbp), 5_000_000))).Error.ShouldBeNull();
        await RunAsync();
        await app.SqlAsync<int>($"set ledger.posting = 'on'; update ledger.accounts set balance = balance + 1 where owner_id = '{tenant}'");

        await RunAsync();
        await RunAsync();

        var account = await app.SqlAsync<Guid>($"select id from ledger.accounts where owner_id = '{tenant}'");
        var found = await FindAsync(DifferenceKind.BalanceNotSum, account.ToString());
        (found.OneSide, found.OtherSide).ShouldBe(("balance of available is GBP 5.000001", "its entries add up to GBP 5.000000"));
        (await FindAsync(DifferenceKind.CurrencyNotZero, "GBP")).State.ShouldBe(CaseState.Open);
        var explained = await app.SendAsync(Actors.Operator(), new DecideCase(found.Id, CaseState.Explained, "A test."));
        (explained.Value.State, explained.Value.DecidedBy).ShouldBe((CaseState.Explained, "operator@example.test"));
        (await app.SendAsync(Actors.Operator(), new DecideCase(found.Id, CaseState.Closed, "Put right."))).Value.State.ShouldBe(CaseState.Closed);
        (await app.SendAsync(Actors.Operator(), new DecideCase(found.Id, CaseState.Open, "Again"))).Error.ShouldBe(ReconciliationErrors.Closed);

        await app.SqlAsync<int>($"set ledger.posting = 'on'; update ledger.accounts set balance = balance - 1 where owner_id = '{tenant}'");
        await RunAsync();
        (await ListAsync(CaseState.Closed)).ShouldContain(c => c.Kind == DifferenceKind.CurrencyNotZero && c.Subject == "GBP" && c.DecidedBy == null);
    }

    [Fact]
    public async Task An_unbalanced_transfer_and_a_missing_entry_are_found()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 5_000_000);
        var account = await app.SqlAsync<Guid>($"select id from ledger.accounts where owner_id = '{tenant}'");
        var transfer = Guid.CreateVersion7();
        await app.SqlAsync<int>($"""
            set session_replication_role = replica;
            insert into ledger.entries (account_id, seq, transfer_id, tenant_id, currency, amount, balance_after, created_at, purpose, subject_type, subject_id)
            values ('{account}', 2, '{transfer}', '{tenant}', 'USD', 7, 5000007, '{app.Clock.GetUtcNow():O}', 'test.broken', 'test', '{tenant}')
            """);

        await RunAsync();

        (await FindAsync(DifferenceKind.TransferNotZero, transfer.ToString())).OneSide.ShouldBe("USD entries add up to 0.000007");
        (await FindAsync(DifferenceKind.EntriesMissing, account.ToString())).ShouldSatisfyAllConditions(c => c.OneSide.ShouldBe("the account counts 1 entries"), c => c.OtherSide.ShouldBe("there are 2"));
    }

    [Fact]
    public async Task An_overdrawn_account_is_found()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 5);
        var account = await app.SqlAsync<Guid>($"select id from ledger.accounts where owner_id = '{tenant}'");
        await app.SqlAsync<int>($"""
            alter table ledger.accounts drop constraint ck_accounts_not_overdrawn;
            set ledger.posting = 'on';
            update ledger.accounts set balance = -5 where id = '{account}';
            reset ledger.posting
            """);

        await RunAsync();

        (await FindAsync(DifferenceKind.Overdrawn, account.ToString())).OneSide.ShouldBe("balance of available is USD -0.000005");
    }

    [Fact]
    public async Task Escrow_and_calls_that_differ_are_found_on_either_side()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: (_, _) => Task.CompletedTask);
        var (open, ended) = ((await app.CallAsync(caller, agent.Id, "a")).Value.Id, (await app.CallAsync(caller, agent.Id, "b")).Value.Id);
        await RunAsync();
        (await ListAsync(null)).ShouldNotContain(c => c.Subject.Contains(open.ToString()));

        (await app.PostAsync(Books.Move(new AccountRef(AccountKind.Escrow, open.Value, caller.RequiredTenant, Usd), AccountRef.Available(caller.RequiredTenant, Usd), 500_000))).Error.ShouldBeNull();
        await app.SqlAsync<int>($"update calls.calls set state = 'canceled', ended_at = now(), payment = 'refunded' where id = '{ended}'");
        var stray = Guid.CreateVersion7();
        (await app.PostAsync(Books.Move(AccountRef.Available(caller.RequiredTenant, Usd), new AccountRef(AccountKind.Escrow, stray, caller.RequiredTenant, Usd), 100_000))).Error.ShouldBeNull();
        await RunAsync();

        (await FindAsync(DifferenceKind.EscrowNotClaim, open.ToString())).ShouldSatisfyAllConditions(c => c.OneSide.ShouldBe("escrow holds USD 1.50"), c => c.OtherSide.ShouldContain("should hold USD 2.00"));
        (await FindAsync(DifferenceKind.EscrowWithoutClaim, ended.ToString())).OtherSide.ShouldContain("Canceled");
        (await FindAsync(DifferenceKind.EscrowWithoutClaim, stray.ToString())).OtherSide.ShouldContain("no contract or call");
    }

    [Fact]
    public async Task What_is_settled_and_what_begins_between_two_looks_is_no_difference()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: SocketAgent.SilentAsync);
        var ends = (await app.CallAsync(caller, agent.Id, "a")).Value.Id;
        var begins = default(CallId);
        app.BetweenLooks = async () =>
        {
            (await app.SendAsync(caller, new CancelCall(ends))).Error.ShouldBeNull();
            begins = (await app.CallAsync(caller, agent.Id, "b")).Value.Id;
        };

        await RunAsync();

        app.BetweenLooks.ShouldBeNull();
        (await ListAsync(null)).ShouldNotContain(c => c.Subject.Contains(ends.ToString()) || c.Subject.Contains(begins.ToString()));
        // No other test's books move when its time is over.
        (await app.SendAsync(caller, new CancelCall(begins))).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_provider_and_the_ledger_that_differ_are_found_each_way()
    {
        var tenant = Books.NewTenant();
        var (right, less, missing, unknown) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        async Task BookAsync(Guid subject, long micro) => (await app.PostAsync(Transfer.Create(Books.NewTransferId(), "test.purchase", $"p-{subject}", "test_purchase", subject,
            [new(AccountRef.PaymentClearing(Usd), -micro), new(AccountRef.Available(tenant, Usd), micro)]).Value)).Error.ShouldBeNull();
        void Say(Guid subject, decimal units) => app.Moved.Add(new ProviderMovement("test", $"mv_{subject:N}"[..10], "test_purchase", subject, Money.Usd(units), app.Clock.GetUtcNow()));
        await BookAsync(right, 1_000_000);
        Say(right, 1);
        await BookAsync(less, 2_000_000);
        Say(less, 1.5m);
        await BookAsync(missing, 3_000_000);
        Say(unknown, 4);
        app.Clock.Advance(TimeSpan.FromHours(2));

        await RunAsync();

        (await FindAsync(DifferenceKind.ProviderNotLedger, less.ToString())).OtherSide.ShouldBe("ledger: USD 2.00");
        (await FindAsync(DifferenceKind.LedgerOnly, missing.ToString())).OtherSide.ShouldBe("ledger: USD 3.00");
        (await FindAsync(DifferenceKind.ProviderOnly, unknown.ToString())).OneSide.ShouldEndWith("USD 4.00");
        (await ListAsync(null)).ShouldNotContain(c => c.Subject.Contains(right.ToString()));
    }

    [Fact]
    public async Task Only_operators_reconcile()
    {
        var person = Actors.Person(Books.NewTenant());
        (await app.SendAsync(person, new Reconcile())).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(person, new ListReconciliation())).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actors.Operator(), new DecideCase(new ReconciliationCaseId(Guid.CreateVersion7()), CaseState.Closed, "x"))).Error.ShouldBe(ReconciliationErrors.NotFound);
        (await app.SendAsync(Actors.Operator(), new DecideCase(new ReconciliationCaseId(Guid.CreateVersion7()), CaseState.Closed, ""))).Error!.Members!.Keys.ShouldBe(["note"]);
    }

    private async Task<ReconciliationRunView> RunAsync()
    {
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        var run = await app.SendAsync(Actors.Operator(), new Reconcile());
        run.Error.ShouldBeNull();
        return run.Value;
    }

    private async Task<CaseView> FindAsync(DifferenceKind kind, string subject) =>
        (await ListAsync(null)).Where(c => c.Kind == kind && c.Subject.Contains(subject, StringComparison.Ordinal)).ShouldHaveSingleItem();

    private async Task<IReadOnlyList<CaseView>> ListAsync(CaseState? state) =>
        (await app.SendAsync(Actors.Operator(), new ListReconciliation(state, 100))).Value.Cases.Items;
}
