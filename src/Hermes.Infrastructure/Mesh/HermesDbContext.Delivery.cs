using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Microsoft.EntityFrameworkCore;

// The context's part of this capability.
namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : IDeliveryDb
{
    /// <inheritdoc />
    public DbSet<Delivery> Deliveries => Set<Delivery>();

    /// <inheritdoc />
    public DbSet<Settlement> Settlements => Set<Settlement>();

    /// <inheritdoc />
    public DbSet<Dispute> Disputes => Set<Dispute>();

    /// <inheritdoc />
    public DbSet<DisputeEvidence> Evidence => Set<DisputeEvidence>();

    /// <inheritdoc />
    public DbSet<EvidenceFile> EvidenceFiles => Set<EvidenceFile>();
}
