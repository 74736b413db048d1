using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Shared;

/// <summary>
/// A request that by its nature reaches over tenants' walls: it is sent before the tenant is known (sign-in, accepting
/// an invitation), concerns a person's own account, or is an operator's. After its access declaration was met it runs in
/// a scope of its own, by the engine's database role and without query filter, with the same actor and request id: the
/// handler itself limits what it touches.
/// </summary>
public interface IAcrossTenants;

/// <summary>Sends a request again in a scope whose actor reaches across tenants.</summary>
public interface IAcrossTenantsSender
{
    /// <summary>Sends it.</summary>
    Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken);
}

/// <summary>Takes <see cref="IAcrossTenants"/> requests to their own scope.</summary>
public sealed class AcrossTenantsBehaviour<TRequest, TResponse>(ICurrentActor current, IAcrossTenantsSender sender)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    /// <inheritdoc />
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        request is IAcrossTenants && current.Actor is { Kind: not ActorKind.System, AcrossTenants: false }
            ? sender.SendAsync(request, cancellationToken)
            : next();
}
