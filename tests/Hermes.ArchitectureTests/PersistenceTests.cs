using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Hermes.ArchitectureTests;

/// <summary>The first wall between tenants (the second one is asked of the database in the integration tests) and the model's names.</summary>
public sealed class PersistenceTests
{
    private static readonly IModel Model = new HermesDbContext(Migrator.Options("Host=nowhere;Password=x")).Model;

    [Fact]
    public void Every_tenant_owned_entity_has_a_query_filter()
    {
        Model.GetEntityTypes().Count(IsTenantOwned).ShouldBeGreaterThan(8);
        Unfiltered(Model).ShouldBeEmpty();
    }

    [Fact]
    public void Every_entity_with_a_tenant_says_that_it_is_owned() => Undeclared(Model).ShouldBeEmpty();

    [Fact]
    public void Every_table_lies_in_a_capabilitys_schema_and_every_name_is_snake_case()
    {
        string[] schemas = ["tenancy", "identity", "agents", "mesh", "calls", "trust", "ledger", "billing", "compliance", "marketplace", "notifications", "shared"];
        foreach (var entity in Model.GetEntityTypes().Where(e => e.GetTableName() is not null))
        {
            schemas.ShouldContain(entity.GetSchema(), entity.Name);
            entity.GetTableName()!.ShouldMatch("^[a-z][a-z0-9_]*$");
            foreach (var property in entity.GetProperties())
                property.GetColumnName().ShouldMatch("^[a-z][a-z0-9_]*$");
        }
    }

    [Fact]
    public void The_rules_find_what_is_wrong()
    {
        using var wrong = new WrongContext();
        Unfiltered(wrong.Model).ShouldHaveSingleItem();
        Undeclared(wrong.Model).ShouldHaveSingleItem();
    }

    private static bool IsTenantOwned(IReadOnlyEntityType entity) => typeof(ITenantOwned).IsAssignableFrom(entity.ClrType);

    private static List<string> Unfiltered(IModel model) =>
        [.. model.GetEntityTypes().Where(e => IsTenantOwned(e) && !e.IsOwned() && e.GetDeclaredQueryFilters().Count == 0).Select(e => e.Name)];

    // Where the owner is not the only one who may see the row, the entity implements ITenantFilter's rule instead.
    // Idempotency records are found by their subject's key alone, whose tenant may be none; the database walls them.
    private static List<string> Undeclared(IModel model) =>
    [
        .. model.GetEntityTypes()
            .Where(e => e.ClrType.Name != "IdempotencyRecord")
            .Where(e => !IsTenantOwned(e) && e.FindProperty("TenantId") is not null && e.GetDeclaredQueryFilters().Count == 0)
            .Select(e => e.Name),
    ];

    private sealed class WrongContext : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=nowhere");

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Owned>().Property(o => o.TenantId).HasConversion(id => id.Value, value => new TenantId(value));
            modelBuilder.Entity<Secret>();
        }
    }

    private sealed class Owned : ITenantOwned
    {
        public Guid Id { get; init; }

        public TenantId TenantId { get; init; }
    }

    private sealed class Secret
    {
        public Guid Id { get; init; }

        public Guid TenantId { get; init; }
    }
}
