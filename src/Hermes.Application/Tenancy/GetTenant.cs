using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>One tenant, for operators.</summary>
/// <param name="Id">The tenant.</param>
[RequiresOperator]
public sealed record GetTenant(TenantId Id) : IQuery<TenantView>, IAcrossTenants;

/// <summary>Handles <see cref="GetTenant"/>.</summary>
public sealed class GetTenantHandler(IMemberCounts members, ITenancyDb tenancy) : IRequestHandler<GetTenant, Result<TenantView>>
{
    /// <inheritdoc />
    public async Task<Result<TenantView>> Handle(GetTenant request, CancellationToken cancellationToken) =>
        await tenancy.Tenants.AsNoTracking().SingleOrDefaultAsync(t => t.Id == request.Id && t.Id != TenantId.Platform, cancellationToken) is { } tenant
            ? ListTenantsHandler.View(tenant, (await members.OfAsync([tenant.Id], cancellationToken)).GetValueOrDefault(tenant.Id))
            : TenancyErrors.NotFound;
}
