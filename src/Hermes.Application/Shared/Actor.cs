using System.Collections.Frozen;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>Who is acting.</summary>
public enum ActorKind
{
    /// <summary>Nobody is signed in.</summary>
    Anonymous,
    /// <summary>A person, in pages by a session, in the API by a personal access token.</summary>
    Person,
    /// <summary>An agent by its key.</summary>
    Agent,
    /// <summary>A job or engine of Hermes, named, with an explicit tenant or none.</summary>
    System,
}

/// <summary>The one who acts in the present scope: fixed when the request was authenticated, never read from its body.</summary>
public sealed record Actor
{
    /// <summary>Nobody.</summary>
    public static readonly Actor Anonymous = new() { Kind = ActorKind.Anonymous, Name = "anonymous" };

    /// <summary>What kind.</summary>
    public required ActorKind Kind { get; init; }

    /// <summary>For people the e-mail address, for agents and system actors the name; goes to the audit log.</summary>
    public required string Name { get; init; }

    /// <summary>The person; null unless <see cref="ActorKind.Person"/>.</summary>
    public PersonId? Person { get; init; }

    /// <summary>The agent; null unless <see cref="ActorKind.Agent"/>.</summary>
    public AgentId? Agent { get; init; }

    /// <summary>The tenant acted for: a person's chosen one, an agent's owner; null when none is chosen and for system actors that act across tenants.</summary>
    public TenantId? Tenant { get; init; }

    /// <summary>Permissions in <see cref="Tenant"/>.</summary>
    public FrozenSet<string> Permissions { get; init; } = [];

    /// <summary>An operator of the installation (the back office).</summary>
    public bool IsOperator { get; init; }

    /// <summary>True in the scope of an <see cref="IAcrossTenants"/> request: neither query filter nor row level security limits what is seen.</summary>
    public bool AcrossTenants { get; init; }

    /// <summary>The credential acted with (token, key or session id), null where there is none.</summary>
    public Guid? Credential { get; init; }

    /// <summary>The person's, agent's or nobody's id: key of rate limits and idempotency records.</summary>
    public Guid SubjectId => Person?.Value ?? Agent?.Value ?? Guid.Empty;

    /// <summary>True when the permission is held; system actors hold all.</summary>
    public bool Has(string permission) => Kind == ActorKind.System || Permissions.Contains(permission);

    /// <summary>As logs write it: by id, never by e-mail address.</summary>
    public override string ToString() => (Kind switch
    {
        ActorKind.Anonymous => "nobody signed in",
        ActorKind.System => $"system {Name}",
        _ => $"{(Kind == ActorKind.Person ? "person" : "agent")} {SubjectId}",
    }) + (Tenant is { } tenant ? $" in {tenant}" : "");

    /// <summary>The tenant acted for.</summary>
    /// <exception cref="InvalidOperationException">There is none: the request's access declaration let an actor without tenant through.</exception>
    public TenantId RequiredTenant => Tenant ?? throw new InvalidOperationException("The actor has no tenant.");

    /// <summary>The acting agent.</summary>
    /// <exception cref="InvalidOperationException">The actor is not an agent.</exception>
    public AgentId RequiredAgent => Agent ?? throw new InvalidOperationException("The actor is not an agent.");

    /// <summary>The acting person.</summary>
    /// <exception cref="InvalidOperationException">The actor is not a person.</exception>
    public PersonId RequiredPerson => Person ?? throw new InvalidOperationException("The actor is not a person.");
}

/// <summary>The actor of the present scope.</summary>
public interface ICurrentActor
{
    /// <summary>Who acts.</summary>
    Actor Actor { get; }

    /// <summary>The id that ties log lines, audit rows and the answer's <c>X-Request-Id</c> together.</summary>
    string RequestId { get; }

    /// <summary>The caller's address; null for system actors.</summary>
    string? Address { get; }
}

/// <summary>Opens scopes for jobs and engines.</summary>
public interface ISystemScopes
{
    /// <summary>A new dependency injection scope in which a named system actor acts, in one tenant or across all (null).</summary>
    ISystemScope Begin(string name, TenantId? tenant = null);
}

/// <summary>A scope of a system actor; dispose it.</summary>
public interface ISystemScope : IAsyncDisposable
{
    /// <summary>Its services.</summary>
    IServiceProvider Services { get; }

    /// <summary>Sends a request as the system actor.</summary>
    Task<T> SendAsync<T>(MediatR.IRequest<T> request, CancellationToken cancellationToken);
}
