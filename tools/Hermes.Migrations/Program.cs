using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore.Design;

return 0;

/// <summary>Gives dotnet-ef its context; nothing is connected to.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<HermesDbContext>
{
    public HermesDbContext CreateDbContext(string[] args) => new(Migrator.Options("Host=nowhere"));
}
