using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// What one node knows of an agent's sockets; no row where it has none. An agent's presence is the best of its rows on
/// nodes that are alive.
/// </summary>
internal sealed class AgentPresence
{
    public AgentId AgentId { get; init; }

    public Guid NodeId { get; init; }

    public Presence Status { get; init; }

    /// <summary>When the node saw this status begin.</summary>
    public DateTimeOffset Since { get; init; }
}

internal sealed class AgentPresenceConfiguration : IEntityTypeConfiguration<AgentPresence>
{
    public void Configure(EntityTypeBuilder<AgentPresence> builder)
    {
        builder.ToTable("presence", "agents");
        builder.HasKey(p => new { p.AgentId, p.NodeId });
        builder.HasIndex(p => p.NodeId);
        builder.HasOne<Agent>().WithMany().HasForeignKey(p => p.AgentId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Node>().WithMany().HasForeignKey(p => p.NodeId).OnDelete(DeleteBehavior.Cascade);
    }
}
