namespace Hermes.Domain.Shared;

/// <summary>What a tenant subscribed to.</summary>
public enum TenantPlan
{
    /// <summary>No charge.</summary>
    Free,
    /// <summary>For one team.</summary>
    Pro,
    /// <summary>For a company.</summary>
    Business,
    /// <summary>By agreement.</summary>
    Enterprise,
}
