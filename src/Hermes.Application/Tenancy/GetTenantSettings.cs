using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>The current tenant's settings.</summary>
[Requires(Permissions.AgentsRead)]
public sealed record GetTenantSettings : IQuery<TenantSettings>;

/// <summary>Handles <see cref="GetTenantSettings"/>.</summary>
public sealed class GetTenantSettingsHandler(ITenancyDb db, ICurrentActor current) : IRequestHandler<GetTenantSettings, Result<TenantSettings>>
{
    /// <inheritdoc />
    public async Task<Result<TenantSettings>> Handle(GetTenantSettings request, CancellationToken cancellationToken) =>
        await db.Tenants.AsNoTracking().SingleOrDefaultAsync(t => t.Id == current.Actor.RequiredTenant, cancellationToken) is { } tenant
            ? View(tenant)
            : TenancyErrors.NotFound;

    internal static TenantSettings View(Tenant t) => new(t.Id, t.Slug, t.Name, t.ContactEmail, t.Plan, t.CreatedAt, t.Version);
}
