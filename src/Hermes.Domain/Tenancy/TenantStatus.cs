namespace Hermes.Domain.Tenancy;

/// <summary>Whether a tenant may work.</summary>
public enum TenantStatus
{
    /// <summary>It works.</summary>
    Active,
    /// <summary>An operator stopped it: its people and agents are refused, its data stays.</summary>
    Suspended,
    /// <summary>It is being deleted; like suspended, for good after the grace period.</summary>
    Deleting,
}
