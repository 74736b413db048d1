namespace Hermes.Web.Shared;

/// <summary>A capability's part of the API; every implementation is found and mapped at start.</summary>
public interface IEndpoints
{
    /// <summary>Maps under <c>/api/v1</c>.</summary>
    void Map(IEndpointRouteBuilder api);
}

/// <summary>Routes outside <c>/api/v1</c>: well-known documents, sockets, event streams.</summary>
public interface IRootEndpoints
{
    /// <summary>Maps at the root.</summary>
    void Map(IEndpointRouteBuilder root);
}
