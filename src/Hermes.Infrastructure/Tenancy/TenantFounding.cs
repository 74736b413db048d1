using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Tenancy;

internal sealed class TenantFounding(ITenancyDb db, IAudit audit, TimeProvider clock) : ITenantFounding
{
    public async Task<Error?> CheckAsync(string slug, string name, CancellationToken cancellationToken) =>
        TenantRules.CheckSlug(slug) ?? TenantRules.CheckName(name)
        ?? (await db.Tenants.AnyAsync(t => t.Slug == slug, cancellationToken) ? TenancyErrors.SlugTaken : null);

    public async Task<Result<TenantListing>> FoundAsync(string slug, string name, CancellationToken cancellationToken)
    {
        if (await CheckAsync(slug, name, cancellationToken) is { } refusal)
            return refusal;
        var founded = Tenant.Found(Id.New<TenantId>(clock), slug, name, clock.GetUtcNow());
        if (!founded.Succeeded)
            return founded.Error;
        var tenant = founded.Value;
        db.Tenants.Add(tenant);
        audit.Record("tenant.found", "tenant", tenant.Id.Value, null, new { tenant.Slug, tenant.Name }, tenant.Id);
        return new TenantListing(tenant.Id, tenant.Slug, tenant.Name, true);
    }
}
