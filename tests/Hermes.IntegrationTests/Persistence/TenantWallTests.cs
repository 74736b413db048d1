using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.IntegrationTests.Persistence;

/// <summary>The second wall between tenants, asked of the database itself.</summary>
public sealed class TenantWallTests(HermesApp app) : IClassFixture<HermesApp>
{
    private const string Tables = """
        SELECT n.nspname || '.' || c.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        """;

    private const string WithoutWall = Tables + """
         AND NOT (
            c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles @> ARRAY['hermes_app'::regrole::oid]
                AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.tenant%')
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles @> ARRAY['hermes_engine'::regrole::oid]))
        """;

    [Fact]
    public async Task Every_table_with_a_tenant_is_walled_for_both_roles()
    {
        (await ListAsync(Tables)).Count.ShouldBeGreaterThan(8);
        (await ListAsync(WithoutWall)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_guard_finds_a_table_without_wall()
    {
        await app.SqlAsync<object>("CREATE TABLE shared.naked (tenant_id uuid); CREATE TABLE shared.half (tenant_id uuid); ALTER TABLE shared.half ENABLE ROW LEVEL SECURITY");
        try
        {
            (await ListAsync(WithoutWall)).ShouldBe(["shared.half", "shared.naked"], ignoreOrder: true);
        }
        finally
        {
            await app.SqlAsync<object>("DROP TABLE shared.naked, shared.half");
        }
    }

    [Fact]
    public async Task Neither_role_can_climb_over_the_wall()
    {
        (await ListAsync("SELECT rolname::text FROM pg_roles WHERE rolname IN ('hermes_app', 'hermes_engine') AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)")).ShouldBeEmpty();
        (await ListAsync("SELECT rolname::text FROM pg_roles WHERE rolname IN ('hermes_app', 'hermes_engine')")).Count.ShouldBe(2);
        (await ListAsync("SELECT c.relname::text FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname IN ('hermes_app', 'hermes_engine')")).ShouldBeEmpty();
        (await ListAsync("SELECT n.nspname::text FROM pg_namespace n, unnest(ARRAY['hermes_app', 'hermes_engine']) r WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND has_schema_privilege(r, n.oid, 'CREATE')")).ShouldBeEmpty();
        (await ListAsync("SELECT r.rolname::text FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname IN ('hermes_app', 'hermes_engine')")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_connection_starts_as_the_least_role_without_a_tenant()
    {
        await using var connection = new NpgsqlConnection(app.Database.App);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT current_user::text || ' ' || coalesce(nullif(current_setting('app.tenant', true), ''), 'none')", connection);
        (await command.ExecuteScalarAsync()).ShouldBe("hermes_app none");
    }

    [Fact]
    public async Task A_connection_forgets_the_tenant_of_its_last_user()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        var told = new List<(int Process, string? Tenant)>();
        foreach (var actor in (Actor[])[Actors.Person(tenant), Actor.Anonymous, Actors.Person(tenant) with { Tenant = null }])
        {
            await using var scope = app.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor, "test", null);
            var db = scope.ServiceProvider.GetRequiredService<HermesDbContext>();
            told.AddRange((await db.Database.SqlQuery<string>($"SELECT pg_backend_pid() || ' ' || current_setting('app.tenant', true) AS \"Value\"").ToListAsync())
                .Select(row => (int.Parse(row.Split(' ')[0], CultureInfo.InvariantCulture), (string?)row.Split(' ')[1])));
        }
        told.Select(t => t.Process).Distinct().ShouldHaveSingleItem("one connection, three users");
        told.Select(t => t.Tenant).ShouldBe([tenant.ToString(), "", ""]);
    }

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
}
