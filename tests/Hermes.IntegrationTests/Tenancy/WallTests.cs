using Hermes.IntegrationTests.Identity;
using Npgsql;

namespace Hermes.IntegrationTests.Tenancy;

/// <summary>The second wall as the database keeps it, whatever the code above it says.</summary>
public sealed class WallTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    // Where more than the owner may see a row the product says so; these show rows of others on purpose.
    private static readonly string[] SharedByRule = ["agents.agents", "mesh.contracts", "mesh.bids", "mesh.awards", "mesh.award_receipts", "mesh.deliveries", "trust.scores"];

    [Fact]
    public async Task As_one_tenant_no_table_shows_a_row_of_another()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        await app.MemberAsync(other, "viewer");
        var tables = await TablesAsync();
        tables.Count.ShouldBeGreaterThan(8);
        var filled = 0;

        foreach (var table in tables.Except(SharedByRule))
        {
            if (await CanReadAsync(table))
            {
                filled += await app.SqlAsync<long>($"SELECT count(*) FROM {table} WHERE tenant_id = '{other.Id}'") > 0 ? 1 : 0;
                (await AsTenantAsync(mine.Id.ToString(), $"SELECT count(*) FROM {table} WHERE tenant_id = '{other.Id}'")).ShouldBe(0, table);
                (await AsTenantAsync("", $"SELECT count(*) FROM {table}")).ShouldBe(0, $"{table} without a tenant");
            }
        }

        // Members, invitations, tokens and the audit log have rows to hide.
        filled.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task As_one_tenant_nothing_is_written_into_another()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        (await RefusedAsync(mine.Id.ToString(), $"INSERT INTO identity.members (tenant_id, person_id, role, joined_at) SELECT '{other.Id}', person_id, 'admin', now() FROM identity.members LIMIT 1")).ShouldBe("42501");
        (await RefusedAsync(mine.Id.ToString(), $"UPDATE identity.members SET tenant_id = '{other.Id}'")).ShouldBe("42501");
        (await AsTenantAsync(mine.Id.ToString(), $"WITH gone AS (DELETE FROM identity.members WHERE tenant_id = '{other.Id}' RETURNING 1) SELECT count(*) FROM gone")).ShouldBe(0);
    }

    [Fact]
    public async Task Every_table_with_a_tenant_has_its_wall_forced()
    {
        var open = await ListAsync("""
            SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
            """);
        open.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_app_role_sees_colleagues_names_and_no_secrets()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        (await AsTenantAsync(mine.Id.ToString(), $"SELECT count(*) FROM (SELECT id FROM identity.people WHERE email = '{mine.Email}') p")).ShouldBe(1);
        (await AsTenantAsync(mine.Id.ToString(), $"SELECT count(*) FROM (SELECT id FROM identity.people WHERE email = '{other.Email}') p")).ShouldBe(0);
        foreach (var secret in new[] { "SELECT count(password_hash) FROM identity.people", "SELECT count(security_stamp) FROM identity.people", "SELECT count(*) FROM identity.protection_keys", "SELECT count(content) FROM notifications.mails" })
            (await RefusedAsync(mine.Id.ToString(), secret)).ShouldBe("42501", secret);
        (await RefusedAsync(mine.Id.ToString(), $"UPDATE tenancy.tenants SET status = 'active' WHERE id = '{mine.Id}'")).ShouldBe("42501");
        (await RefusedAsync(mine.Id.ToString(), "CREATE TABLE identity.mine (id int)")).ShouldBe("42501");
    }

    private Task<List<string>> TablesAsync() => ListAsync("""
        SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
        """);

    private async Task<List<string>> ListAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(app.Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return rows;
    }

    private async Task<bool> CanReadAsync(string table) => await app.SqlAsync<bool>($"SELECT has_table_privilege('hermes_app', '{table}', 'SELECT')");

    private async Task<long> AsTenantAsync(string tenant, string sql)
    {
        await using var connection = new NpgsqlConnection(app.Database.App);
        await connection.OpenAsync();
        await using (var set = new NpgsqlCommand("SELECT set_config('app.tenant', $1, false)", connection) { Parameters = { new() { Value = tenant } } })
            await set.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<string> RefusedAsync(string tenant, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => AsTenantAsync(tenant, sql))).SqlState;
}
