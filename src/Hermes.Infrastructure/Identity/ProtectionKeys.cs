using System.Xml.Linq;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Identity;

/// <summary>A key of the ring that protects cookies, links and stored answers, shared by all nodes.</summary>
internal sealed class ProtectionKey
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string Xml { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ProtectionKeyConfiguration : IEntityTypeConfiguration<ProtectionKey>
{
    public void Configure(EntityTypeBuilder<ProtectionKey> builder)
    {
        builder.ToTable("protection_keys", "identity");
        builder.HasKey(k => k.Id);
        builder.Property(k => k.Name).HasMaxLength(200);
    }
}

/// <summary>Keeps the key ring in the database, so that a cookie of one node is good on every other.</summary>
internal sealed class DatabaseKeyRing([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = engine.CreateCommand("SELECT xml FROM identity.protection_keys ORDER BY created_at");
        using var reader = command.ExecuteReader();
        var keys = new List<XElement>();
        while (reader.Read())
            keys.Add(XElement.Parse(reader.GetString(0)));
        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = engine.CreateCommand("INSERT INTO identity.protection_keys (id, name, xml, created_at) VALUES ($1, $2, $3, $4)");
        command.Parameters.Add(new() { Value = Guid.CreateVersion7(clock.GetUtcNow()) });
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        command.ExecuteNonQuery();
    }
}
