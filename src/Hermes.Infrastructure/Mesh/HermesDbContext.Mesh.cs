using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

// The context's part of this capability.
namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : IMeshDb
{
    /// <inheritdoc />
    public DbSet<Contract> Contracts => Set<Contract>();

    /// <inheritdoc />
    public DbSet<Bid> Bids => Set<Bid>();

    /// <inheritdoc />
    public DbSet<Award> Awards => Set<Award>();

    /// <inheritdoc />
    public DbSet<AwardOutcome> AwardOutcomes => Set<AwardOutcome>();

    /// <inheritdoc />
    public DbSet<Receipt> Receipts => Set<Receipt>();

    /// <inheritdoc />
    public DbSet<Preferences> Preferences => Set<Preferences>();

    /// <summary><see cref="CurrentTenant"/> as it stands in arrays of ids.</summary>
    public Guid CurrentTenantValue => CurrentTenant.Value;

    /// <inheritdoc />
    public async Task<bool> LockContractAsync(ContractId id, CancellationToken cancellationToken) =>
        (await Database.SqlQuery<Guid>($"SELECT id AS \"Value\" FROM mesh.contracts WHERE id = {id.Value} FOR UPDATE").ToListAsync(cancellationToken)).Count == 1;
}
