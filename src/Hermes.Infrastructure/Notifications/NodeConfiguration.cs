using Hermes.Infrastructure.Notifications.Public;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Notifications;

internal sealed class NodeConfiguration : IEntityTypeConfiguration<Node>
{
    public void Configure(EntityTypeBuilder<Node> builder)
    {
        builder.ToTable("nodes", "notifications");
        builder.HasKey(n => n.Id);
        builder.Property(n => n.Name).HasMaxLength(200);
    }
}

/// <summary>The last position that was given to an event: one row.</summary>
internal sealed class DispatchState
{
    public bool OnlyRow { get; init; } = true;

    public long LastPosition { get; init; }
}

internal sealed class DispatchStateConfiguration : IEntityTypeConfiguration<DispatchState>
{
    public void Configure(EntityTypeBuilder<DispatchState> builder)
    {
        builder.ToTable("dispatch_state", "notifications", t => t.HasCheckConstraint("ck_dispatch_state_only_row", "only_row"));
        builder.HasKey(s => s.OnlyRow);
        builder.Property(s => s.OnlyRow).ValueGeneratedNever();
        builder.HasData(new DispatchState { OnlyRow = true, LastPosition = 0 });
    }
}
