namespace Hermes.Domain.Shared;

/// <summary>A row that belongs to one tenant: both walls (query filter and row level security) apply to it.</summary>
public interface ITenantOwned
{
    /// <summary>The owner.</summary>
    TenantId TenantId { get; }
}

/// <summary>An entity that people edit: its version guards against lost updates and is the API's <c>ETag</c>.</summary>
public interface IVersioned
{
    /// <summary>PostgreSQL's <c>xmin</c> of the stored row; 0 before the first save.</summary>
    uint Version { get; }
}
