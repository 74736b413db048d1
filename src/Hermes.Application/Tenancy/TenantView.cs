using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;

namespace Hermes.Application.Tenancy;

/// <summary>A tenant as operators see it.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Status">Whether it may work.</param>
/// <param name="Plan">What it subscribed to.</param>
/// <param name="Members">How many people belong to it.</param>
/// <param name="CreatedAt">When it was founded.</param>
/// <param name="SuspendedAt">When it was suspended; null while it works.</param>
/// <param name="SuspensionReason">Why it is suspended; null while it works or where no reason was given.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record TenantView(
    TenantId Id, string Slug, string Name, TenantStatus Status, TenantPlan Plan, int Members, DateTimeOffset CreatedAt,
    DateTimeOffset? SuspendedAt, string? SuspensionReason, uint Version);
