using Hermes.Domain.Shared;

namespace Hermes.Application.Tenancy.Public;

/// <summary>Lets Billing write down which plan a tenant has, for lists of tenants.</summary>
public interface ITenantPlans
{
    /// <summary>Sets it, in the open transaction of a system actor or of a request across tenants.</summary>
    Task SetAsync(TenantId tenant, TenantPlan plan, CancellationToken cancellationToken);
}
