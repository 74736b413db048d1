using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>What the database itself refuses, with the application out of the way.</summary>
public sealed class WallTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    public enum Login
    {
        App,
        Engine,
        Owner,
    }

    public static TheoryData<Login, string, string> Writes()
    {
        var data = new TheoryData<Login, string, string>();
        foreach (var statement in new[]
        {
            "update ledger.entries set amount = amount + 1",
            "delete from ledger.entries",
            "truncate ledger.entries",
            "update ledger.transfers set fingerprint = id",
            "delete from ledger.transfers",
            "delete from ledger.accounts",
            "update ledger.accounts set balance = balance + 1",
            "update ledger.accounts set kind = 'payment_clearing'",
            "insert into ledger.entries (account_id, seq, transfer_id, tenant_id, currency, amount, balance_after, created_at, purpose, subject_type, subject_id) select account_id, seq + 1000, gen_random_uuid(), tenant_id, currency, 5, balance_after + 5, now(), 'a', 'b', account_id from ledger.entries limit 1",
            "insert into ledger.accounts (id, tenant_id, kind, owner_id, currency, balance, entry_count, opened_at, last_entry_at) values (gen_random_uuid(), gen_random_uuid(), 'available', gen_random_uuid(), 'USD', 100, 0, now(), now())",
            "insert into ledger.transfers (id, idempotency_key, fingerprint, created_at) values (gen_random_uuid(), gen_random_uuid()::text, gen_random_uuid(), now())",
        })
        {
            foreach (var login in Enum.GetValues<Login>())
                data.Add(login, statement, login == Login.Owner ? PostgresErrorCodes.RestrictViolation : PostgresErrorCodes.InsufficientPrivilege);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task The_books_cannot_be_changed_by_hand(Login login, string statement, string refusal)
    {
        await app.FundAsync(Books.NewTenant(), 100);

        var failure = await Should.ThrowAsync<PostgresException>(() => RunAsync(login, statement));

        failure.SqlState.ShouldBe(refusal, failure.MessageText);
        await app.ShouldBeRightAsync();
    }

    [Theory]
    [InlineData(5, 6, "USD", "do not add up")]
    [InlineData(5, 5, "EUR", "do not add up")]
    public async Task Unbalanced_entries_are_refused_even_where_the_owner_pretends_to_post(int from, int to, string currency, string message)
    {
        var failure = await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.Owner, $"""
            set ledger.posting = 'on';
            insert into ledger.entries (account_id, seq, transfer_id, tenant_id, currency, amount, balance_after, created_at, purpose, subject_type, subject_id) values
              ('{Guid.CreateVersion7()}', 1, '00000000-0000-7000-8000-0000000000aa', '{Guid.CreateVersion7()}', 'USD', {-from}, 0, now(), 'a', 'b', '{Guid.CreateVersion7()}'),
              ('{Guid.CreateVersion7()}', 1, '00000000-0000-7000-8000-0000000000aa', '{Guid.CreateVersion7()}', '{currency}', {to}, {to}, now(), 'a', 'b', '{Guid.CreateVersion7()}');
            """));

        failure.SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
        failure.MessageText.ShouldContain(message);
    }

    [Fact]
    public async Task An_overdraft_is_refused_even_where_the_owner_pretends_to_post()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 10);

        var failure = await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.Owner,
            $"set ledger.posting = 'on'; update ledger.accounts set balance = balance - 11 where owner_id = '{tenant}'"));

        failure.ConstraintName.ShouldBe("ck_accounts_not_overdrawn");
    }

    [Theory]
    [InlineData("available", false)]
    [InlineData("promotional", false)]
    [InlineData("earnings", false)]
    [InlineData("payment_clearing", true)]
    [InlineData("platform_fees", true)]
    public async Task A_tenants_session_cannot_take_what_is_not_its_own(string kind, bool platform)
    {
        var (victim, thief) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(victim, 100);
        var owner = platform ? TenantId.Platform : victim;

        var failure = await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.App, Post(kind, owner.Value, owner, "available", thief.Value, thief), thief));

        failure.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        (await app.BalanceAsync(AccountRef.Available(victim, Usd))).ShouldBe(100);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_session_without_tenant_posts_nothing()
    {
        var victim = Books.NewTenant();
        await app.FundAsync(victim, 100);

        var failure = await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.App, Post("available", victim.Value, victim, "platform_fees", TenantId.Platform.Value, TenantId.Platform)));

        failure.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_tenants_session_pays_from_its_own_wallet()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 100);

        (await RunAsync(Login.App, Post("available", tenant.Value, tenant, "platform_fees", TenantId.Platform.Value, TenantId.Platform), tenant)).ShouldBe("posted");
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(95);
    }

    [Fact]
    public async Task A_tenants_session_locks_and_reads_no_wallet_but_its_own()
    {
        var (victim, thief) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(victim, 100);
        var statement = $"select ledger.lock_credits('{victim}', 'USD')::text";

        (await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.App, statement, thief))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.App, statement))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        (await RunAsync(Login.App, statement, victim)).ShouldBe("0");
        (await RunAsync(Login.Engine, statement)).ShouldBe("0");
    }

    [Theory]
    [InlineData("post_any")]
    [InlineData("post_batch")]
    [InlineData("write_transfers")]
    [InlineData("open_accounts")]
    public async Task The_app_cannot_call_the_functions_that_post_anything(string function) =>
        (await RunAsync(Login.Engine, $"select count(*) || ' ' || bool_or(has_function_privilege('hermes_app', p.oid, 'execute')) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'ledger' and p.proname = '{function}'"))
            .ShouldBe("1 false");

    [Fact]
    public async Task A_tenant_reads_its_own_rows_only()
    {
        var (tenant, other) = (Books.NewTenant(), Books.NewTenant());
        await app.FundAsync(tenant, 100);
        await app.FundAsync(other, 100);

        (await RunAsync(Login.App, "select count(*) || ' ' || min(tenant_id::text) from ledger.accounts", tenant)).ShouldBe($"1 {tenant}");
        (await RunAsync(Login.App, "select count(*) || ' ' || min(tenant_id::text) from ledger.entries", tenant)).ShouldBe($"1 {tenant}");
        (await RunAsync(Login.App, "select count(*)::text from ledger.entries")).ShouldBe("0");
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(Login.App, "select count(*)::text from ledger.transfers", tenant))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        int.Parse((await RunAsync(Login.Engine, "select count(*)::text from ledger.transfers"))!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(1);
    }

    private static string Post(string fromKind, Guid fromOwner, TenantId fromTenant, string toKind, Guid toOwner, TenantId toTenant) => $"""
        select outcome from ledger.post(now(), array[gen_random_uuid()], array[gen_random_uuid()::text], array['test.move'], array['test'], array[gen_random_uuid()], null,
          array[1, 1], array['{fromKind}', '{toKind}'], array['{fromOwner}', '{toOwner}']::uuid[], array['{fromTenant}', '{toTenant}']::uuid[], array['USD', 'USD'], array[-5, 5])
        """;

    private async Task<string?> RunAsync(Login login, string sql, TenantId? tenant = null)
    {
        var connectionString = login switch { Login.App => app.Database.App, Login.Engine => app.Database.Engine, _ => app.Database.Owner };
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        if (tenant is not null)
            await new NpgsqlCommand($"select set_config('app.tenant', '{tenant}', false)", connection).ExecuteNonQueryAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var answer = await new NpgsqlCommand(sql, connection).ExecuteScalarAsync();
        await transaction.CommitAsync();
        return answer as string;
    }
}
