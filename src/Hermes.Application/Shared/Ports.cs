using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>Runs a command's work in one database transaction; joins the open one when a command sends another.</summary>
public interface IUnitOfWork
{
    /// <summary>
    /// Runs the work, saves what it changed with its outbox and audit rows, and commits; an error result rolls all of it
    /// back. Deadlocks, serialisation failures and lost races for a row's version run the work again (3 times) on a
    /// fresh context, so the work must not keep state between runs.
    /// </summary>
    Task<Result<T>> RunAsync<T>(Func<Task<Result<T>>> work, CancellationToken cancellationToken);

    /// <summary>Runs after the transaction has committed (once, and not when it rolls back).</summary>
    void AfterCommit(Action action);
}

/// <summary>Events for people and agents, written with the change and delivered at least once, in order per subject.</summary>
public interface IOutbox
{
    /// <summary>Adds an event to the present transaction.</summary>
    void Add(LiveEvent liveEvent);
}

/// <summary>Who hears of an event. The parts add up: a recipient needs to match one of them.</summary>
/// <param name="Tenants">People of these tenants, in their pages.</param>
/// <param name="Agents">These agents, on their sockets.</param>
/// <param name="Eligible">Every connected agent that meets the terms; null when none.</param>
/// <param name="Everyone">Every page, signed in or not (leaderboard, marketplace); the payload must be public.</param>
public sealed record Audience(
    IReadOnlyList<TenantId> Tenants,
    IReadOnlyList<AgentId> Agents,
    EligibilityTerms? Eligible = null,
    bool Everyone = false)
{
    /// <summary>People of the tenants.</summary>
    public static Audience Of(params TenantId[] tenants) => new(tenants, []);

    /// <summary>The agents.</summary>
    public static Audience Of(params AgentId[] agents) => new([], agents);
}

/// <summary>Which connected agents a contract is announced to.</summary>
/// <param name="Capabilities">All of these are needed, lower case.</param>
/// <param name="MinReputation">Least effective trust, 0–1.</param>
/// <param name="OnlyTenant">Only this tenant's agents; null for the whole network.</param>
/// <param name="NotAgents">Never these.</param>
public sealed record EligibilityTerms(IReadOnlyList<string> Capabilities, decimal MinReputation, TenantId? OnlyTenant, IReadOnlyList<AgentId> NotAgents);

/// <summary>Something that happened, as it is told to people and agents.</summary>
/// <param name="Type">As sent to the client: <c>contract.announced</c>.</param>
/// <param name="SubjectType">What it is about: <c>contract</c>, <c>agent</c>, <c>wallet</c> …</param>
/// <param name="SubjectId">Its id; events of one subject arrive in order.</param>
/// <param name="Tenant">The tenant that caused it.</param>
/// <param name="Data">The payload, written as snake_case JSON; the same for every recipient, so nothing sealed goes in.</param>
/// <param name="Audience">Who hears of it.</param>
public sealed record LiveEvent(string Type, string SubjectType, Guid SubjectId, TenantId Tenant, object Data, Audience Audience);

/// <summary>The audit log, written with the change.</summary>
public interface IAudit
{
    /// <summary>
    /// Adds a row in the present transaction: actor, tenant, request id and time are added by the log itself.
    /// </summary>
    /// <param name="action">Verb in the field's words: <c>contract.post</c>.</param>
    /// <param name="subjectType">What was changed.</param>
    /// <param name="subjectId">Its id.</param>
    /// <param name="before">What mattered before, null for something new; never a secret.</param>
    /// <param name="after">What matters now, null for something gone; never a secret.</param>
    /// <param name="tenant">The tenant whose log it goes to; null for the actor's (or the platform's where the actor has none).</param>
    /// <param name="by">Who acts where the scope's actor is still nobody; null for the actor.</param>
    void Record(string action, string subjectType, Guid subjectId, object? before, object? after, TenantId? tenant = null, ProvedPerson? by = null);
}

/// <summary>Somebody who proved who they are by this very act: with a password or a mailed link.</summary>
/// <param name="Id">The person.</param>
/// <param name="Email">Their address.</param>
public sealed record ProvedPerson(PersonId Id, string Email);

/// <summary>The caller's <c>Idempotency-Key</c>; null where it sent none.</summary>
public interface IIdempotencyKey
{
    /// <summary>At most 200 characters, unique per actor.</summary>
    string? Key { get; }

    /// <summary>SHA-256 of method, path and body, so that the same key with another body is refused.</summary>
    byte[]? Fingerprint { get; }

    /// <summary>Takes another scope's key over: the request goes on there.</summary>
    void TakeOver(IIdempotencyKey other)
    {
    }
}
