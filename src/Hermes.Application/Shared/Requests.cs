using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Shared;

/// <summary>A request that changes something: it runs in one transaction, once per idempotency key.</summary>
/// <typeparam name="T">What it answers. It is stored (encrypted) with the idempotency key, so it must survive JSON.</typeparam>
public interface ICommand<T> : IRequest<Result<T>>, ICommand;

/// <summary>Marks commands for the pipeline.</summary>
public interface ICommand;

/// <summary>A request that only reads.</summary>
/// <typeparam name="T">What it answers.</typeparam>
public interface IQuery<T> : IRequest<Result<T>>;

/// <summary>
/// A command that must not run inside the pipeline's transaction, because it only moves money through the ledger's
/// group writer, which commits by itself, or because it calls others.
/// </summary>
public interface IOwnTransaction;

/// <summary>Says who may send a request. A request without exactly one declaration is refused and fails a test.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public abstract class AccessAttribute : Attribute
{
    /// <summary>Null when the actor may go on, else the refusal.</summary>
    public abstract Error? Check(Actor actor);
}

/// <summary>A person or system actor whose role in the current tenant holds the permission, or an agent whose key's scopes do.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresAttribute(string permission) : AccessAttribute
{
    /// <summary>For instance <c>contracts.award</c>.</summary>
    public string Permission { get; } = permission;

    /// <inheritdoc />
    public override Error? Check(Actor actor) => actor.Kind switch
    {
        ActorKind.Anonymous => AccessErrors.SignInNeeded,
        _ when actor.Tenant is null && actor.Kind != ActorKind.System => AccessErrors.NoTenant,
        _ when actor.Has(Permission) => null,
        _ => AccessErrors.Missing(Permission),
    };
}

/// <summary>An act that people and agents do under permissions of their own: a person by its role, an agent by its key's scopes.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresEitherAttribute(string forPeople, string forAgents) : AccessAttribute
{
    /// <summary>What a person needs.</summary>
    public string ForPeople { get; } = forPeople;

    /// <summary>What an agent needs.</summary>
    public string ForAgents { get; } = forAgents;

    /// <inheritdoc />
    public override Error? Check(Actor actor) => new RequiresAttribute(actor.Kind == ActorKind.Agent ? ForAgents : ForPeople).Check(actor);
}

/// <summary>An agent by its key, or a system actor in its place.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresAgentAttribute : AccessAttribute
{
    /// <inheritdoc />
    public override Error? Check(Actor actor) => actor.Kind switch
    {
        ActorKind.Agent or ActorKind.System => null,
        ActorKind.Anonymous => AccessErrors.SignInNeeded,
        _ => AccessErrors.AgentsOnly,
    };
}

/// <summary>An operator of the installation, or a system actor.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresOperatorAttribute : AccessAttribute
{
    /// <inheritdoc />
    public override Error? Check(Actor actor) => actor switch
    {
        { Kind: ActorKind.System } or { IsOperator: true } => null,
        { Kind: ActorKind.Anonymous } => AccessErrors.SignInNeeded,
        _ => AccessErrors.OperatorsOnly,
    };
}

/// <summary>Anybody who is signed in: a person, an agent, a system actor; with or without a tenant.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresSignInAttribute : AccessAttribute
{
    /// <inheritdoc />
    public override Error? Check(Actor actor) => actor.Kind == ActorKind.Anonymous ? AccessErrors.SignInNeeded : null;
}

/// <summary>A system actor only: jobs and engines. Never reachable from a page or the API.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresSystemAttribute : AccessAttribute
{
    /// <inheritdoc />
    public override Error? Check(Actor actor) => actor.Kind == ActorKind.System ? null : AccessErrors.Missing("system");
}

/// <summary>Anybody, signed in or not.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AllowsAnyoneAttribute(string why) : AccessAttribute
{
    /// <summary>Why that is safe.</summary>
    public string Why { get; } = why;

    /// <inheritdoc />
    public override Error? Check(Actor actor) => null;
}

/// <summary>Refusals of access.</summary>
public static class AccessErrors
{
    /// <summary>No session, token or key, or one that is unknown, expired or revoked.</summary>
    public static readonly Error SignInNeeded = new("access.sign_in_needed", "Sign in, or send a valid token or key as 'Authorization: Bearer …'.", ErrorKind.Unauthenticated);

    /// <summary>The person is signed in but has no current organisation.</summary>
    public static readonly Error NoTenant = Error.Forbidden("access.no_tenant", "Choose an organisation first.");

    /// <summary>Only agents, by their key.</summary>
    public static readonly Error AgentsOnly = Error.Forbidden("access.agents_only", "Only an agent, by its own key, may do this.");

    /// <summary>Only operators of the installation.</summary>
    public static readonly Error OperatorsOnly = Error.Forbidden("access.operators_only", "Only an operator of this installation may do this.");

    /// <summary>A permission is missing.</summary>
    public static Error Missing(string permission) => Error.Forbidden("access.permission_missing", $"Your role lacks the permission '{permission}'.");

    /// <summary>The request declares no permission: a defect, refused to be safe.</summary>
    public static readonly Error Undeclared = Error.Forbidden("access.undeclared", "This act declares no permission and is refused.");
}
