using Hermes.Application.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Ledger;

public sealed class PartitionTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task Entries_lie_in_their_months_partition_and_the_next_ones_are_there()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 5);

        (await app.SqlAsync<string>($"select tableoid::regclass::text from ledger.entries where tenant_id = '{tenant}'"))
            .ShouldBe($"ledger.entries_{app.Clock.GetUtcNow():yyyy_MM}");
        (await app.SqlAsync<long>("select count(*) from pg_inherits where inhparent = 'ledger.entries'::regclass")).ShouldBeGreaterThanOrEqualTo(5);
        (await app.SqlAsync<int>("select ledger.make_partitions(now(), 3)")).ShouldBe(0);
        (await app.SqlAsync<int>("select ledger.make_partitions(now(), 4)")).ShouldBe(1);
    }

    [Theory]
    [InlineData("update {0} set amount = amount + 1", PostgresErrorCodes.RestrictViolation)]
    [InlineData("delete from {0}", PostgresErrorCodes.RestrictViolation)]
    [InlineData("truncate {0}", PostgresErrorCodes.RestrictViolation)]
    [InlineData("insert into {0} select * from {0} limit 1", PostgresErrorCodes.RestrictViolation)]
    public async Task A_partition_is_append_only_under_its_own_name_too(string statement, string refusal)
    {
        await app.FundAsync(Books.NewTenant(), 5);
        var partition = $"ledger.entries_{app.Clock.GetUtcNow():yyyy_MM}";

        foreach (var name in new[] { partition, "ledger.entries_rest" })
        {
            (await Should.ThrowAsync<PostgresException>(() => app.SqlAsync<int>(string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, name)))).SqlState.ShouldBe(refusal, name);
            await using var connection = new NpgsqlConnection(app.Database.App);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"select * from {name}", connection);
            (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, name);
        }
    }

    [Fact]
    public async Task What_comes_before_its_partition_is_kept_and_a_new_partition_fails_nobody()
    {
        var tenant = Books.NewTenant();
        app.Clock.Advance(TimeSpan.FromDays(400));

        await app.FundAsync(tenant, 7);

        (await app.SqlAsync<string>($"select tableoid::regclass::text from ledger.entries where tenant_id = '{tenant}'")).ShouldBe("ledger.entries_rest");
        (await app.SqlAsync<int>($"select ledger.make_partitions('{app.Clock.GetUtcNow():O}', 1)")).ShouldBe(1);
        await app.ShouldBeRightAsync();
    }
}

public sealed class DetachTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task An_old_month_is_detached_and_balances_statements_and_the_proof_go_on()
    {
        var tenant = Books.NewTenant();
        var first = app.Clock.GetUtcNow();
        await app.FundAsync(tenant, 5_000_000);
        app.Clock.Advance(new DateTimeOffset(first.Year, first.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1) - first + TimeSpan.FromHours(1));
        (await Should.ThrowAsync<PostgresException>(() => app.SqlAsync<long>($"select ledger.detach_month('{app.Clock.GetUtcNow():O}', '{app.Clock.GetUtcNow():O}')"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidParameterValue);
        await app.FundAsync(tenant, 1_000_000);
        var person = Actors.Person(tenant);

        var detached = await app.SqlAsync<long>($"select ledger.detach_month('{first:O}', '{app.Clock.GetUtcNow():O}')");

        detached.ShouldBeGreaterThanOrEqualTo(2);
        await app.ShouldBeRightAsync();
        (await app.SqlAsync<long>($"select balance from ledger.openings where tenant_id = '{tenant}'")).ShouldBe(5_000_000);
        var statement = (await app.SendAsync(person, new GetStatement(app.Clock.GetUtcNow().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture)))).Value.Accounts.Single();
        (statement.Opening, statement.In, statement.Closing, statement.Entries).ShouldBe((Money.Usd(5), Money.Usd(1), Money.Usd(6), 1));
        (await app.PostAsync(Books.Move(AccountRef.Available(tenant, Usd), AccountRef.PlatformFees(Usd), 6_000_000))).Error.ShouldBeNull();
        (await app.SendAsync(person, new ListTransactions(new TransactionFilter()))).Value.Items.Select(e => e.BalanceAfter).ShouldBe([Money.Usd(0), Money.Usd(6)]);
        (await app.SendAsync(Actors.Operator(), new Reconcile())).Error.ShouldBeNull();
        await app.ShouldBeRightAsync();

        var month = first.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);
        (await app.SendAsync(person, new GetStatement(month))).Error.ShouldBe(WalletErrors.MonthArchived);
        (await app.SendAsync(person, new ListStatements())).Value.ShouldHaveSingleItem().Month.ShouldNotBe(month);
        (await Should.ThrowAsync<PostgresException>(() => app.SqlAsync<long>($"select ledger.attach_month('{app.Clock.GetUtcNow():O}')"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidParameterValue);

        (await app.SqlAsync<long>($"select ledger.attach_month('{first:O}')")).ShouldBe(detached);

        await app.ShouldBeRightAsync();
        (await app.SqlAsync<long>($"select count(*) from ledger.openings where tenant_id = '{tenant}'")).ShouldBe(0);
        var again = (await app.SendAsync(person, new GetStatement(month))).Value.Accounts.Single();
        (again.Opening, again.In, again.Closing, again.Entries).ShouldBe((Money.Usd(0), Money.Usd(5), Money.Usd(5), 1));
        (await app.SqlAsync<DateTime?>($"select ledger.archive_oldest(1, '{app.Clock.GetUtcNow():O}')")).ShouldBeNull();
        (await app.SqlAsync<DateTime?>($"select ledger.archive_oldest(0, '{app.Clock.GetUtcNow():O}')"))!.Value.Month.ShouldBe(first.Month);
        await app.ShouldBeRightAsync();
    }
}
