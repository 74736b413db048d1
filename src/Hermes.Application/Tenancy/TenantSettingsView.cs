using Hermes.Domain.Shared;

namespace Hermes.Application.Tenancy;

/// <summary>A tenant's settings as its own people see them.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses; fixed.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="ContactEmail">Where others may write to; null for none.</param>
/// <param name="Plan">What it subscribed to.</param>
/// <param name="CreatedAt">When it was founded.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record TenantSettings(TenantId Id, string Slug, string Name, string? ContactEmail, TenantPlan Plan, DateTimeOffset CreatedAt, uint Version);
