using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Shared;

/// <summary>
/// The scope's actor. It starts anonymous; the web's authentication or <see cref="SystemScopes"/> sets it once,
/// before anything that depends on it runs.
/// </summary>
public sealed class ActorScope : ICurrentActor
{
    private bool _set;

    /// <inheritdoc />
    public Actor Actor { get; private set; } = Actor.Anonymous;

    /// <inheritdoc />
    public string RequestId { get; private set; } = Guid.CreateVersion7().ToString("N");

    /// <inheritdoc />
    public string? Address { get; private set; }

    /// <summary>Sets who acts.</summary>
    /// <exception cref="InvalidOperationException">It was set before: an actor never changes within a scope.</exception>
    public void Become(Actor actor, string? requestId = null, string? address = null)
    {
        if (_set)
            throw new InvalidOperationException("The actor of a scope is set once.");
        _set = true;
        Actor = actor;
        RequestId = requestId ?? RequestId;
        Address = address;
    }
}

internal sealed class SystemScopes(IServiceScopeFactory scopes) : ISystemScopes
{
    public ISystemScope Begin(string name, TenantId? tenant = null)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(new Actor { Kind = ActorKind.System, Name = name, Tenant = tenant });
        return new SystemScope(scope);
    }

    private sealed class SystemScope(AsyncServiceScope scope) : ISystemScope
    {
        public IServiceProvider Services => scope.ServiceProvider;

        public Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken) =>
            scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);

        public ValueTask DisposeAsync() => scope.DisposeAsync();
    }
}

/// <summary>The same actor, request id and idempotency key in a scope that reaches across tenants.</summary>
internal sealed class AcrossTenantsSender(IServiceScopeFactory scopes, ICurrentActor current, IIdempotencyKey idempotency) : IAcrossTenantsSender
{
    public async Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(current.Actor with { AcrossTenants = true }, current.RequestId, current.Address);
        scope.ServiceProvider.GetRequiredService<IIdempotencyKey>().TakeOver(idempotency);
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
    }
}
