using System.Text.Json;
using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Compliance;

/// <summary>A row of the audit log.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="At">When.</param>
/// <param name="ActorKind"><c>person</c>, <c>agent</c>, <c>system</c> or <c>anonymous</c>.</param>
/// <param name="ActorId">The person's or agent's id; null for others.</param>
/// <param name="ActorName">E-mail address or name at that time.</param>
/// <param name="Action">What was done: <c>contract.post</c>.</param>
/// <param name="SubjectType">To what.</param>
/// <param name="SubjectId">Its id.</param>
/// <param name="Before">What mattered before; null for something new.</param>
/// <param name="After">What matters since; null for something gone.</param>
/// <param name="RequestId">As in the answer's <c>X-Request-Id</c> and the log lines.</param>
/// <param name="Address">The caller's address; null for system actors.</param>
public sealed record AuditView(
    Guid Id, DateTimeOffset At, string ActorKind, Guid? ActorId, string ActorName, string Action, string SubjectType, Guid SubjectId,
    JsonElement? Before, JsonElement? After, string RequestId, string? Address);

/// <summary>What to show of the log; what is null does not limit.</summary>
/// <param name="Actor">Part of the actor's name, or its whole id.</param>
/// <param name="Action">The action or its beginning: <c>contract.</c>.</param>
/// <param name="SubjectType">Kind of subject.</param>
/// <param name="SubjectId">One subject.</param>
/// <param name="RequestId">One request.</param>
/// <param name="From">Not before, inclusive.</param>
/// <param name="To">Not after, exclusive.</param>
public sealed record AuditFilter(
    string? Actor = null, string? Action = null, string? SubjectType = null, Guid? SubjectId = null, string? RequestId = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Lists the current tenant's audit log, newest first.</summary>
/// <param name="Filter">What to show.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">From the page before; null for the first.</param>
[Requires(Permissions.AuditView)]
public sealed record ListAuditEntries(AuditFilter Filter, int? Limit = null, string? Cursor = null) : IQuery<Page<AuditView>>;

/// <summary>Validates <see cref="ListAuditEntries"/>.</summary>
public sealed class ListAuditEntriesValidator : AbstractValidator<ListAuditEntries>
{
    /// <summary>The rules.</summary>
    public ListAuditEntriesValidator()
    {
        RuleFor(r => r.Filter.Actor).MaximumLength(254).OverridePropertyName("actor");
        RuleFor(r => r.Filter.Action).MaximumLength(100).OverridePropertyName("action");
        RuleFor(r => r.Filter.SubjectType).MaximumLength(40).OverridePropertyName("subject_type");
        RuleFor(r => r.Filter.RequestId).MaximumLength(64).OverridePropertyName("request_id");
    }
}

/// <summary>Reads the audit log; writing it is <see cref="IAudit"/>'s.</summary>
public interface IAuditLog
{
    /// <summary>A page of a tenant's log, newest first.</summary>
    Task<Page<AuditView>> ListAsync(TenantId tenant, AuditFilter filter, int limit, string? cursor, CancellationToken cancellationToken);
}

/// <summary>Handles <see cref="ListAuditEntries"/>.</summary>
public sealed class ListAuditEntriesHandler(IAuditLog log, ICurrentActor current) : IRequestHandler<ListAuditEntries, Result<Page<AuditView>>>
{
    /// <inheritdoc />
    public async Task<Result<Page<AuditView>>> Handle(ListAuditEntries request, CancellationToken cancellationToken) =>
        await log.ListAsync(current.Actor.RequiredTenant, request.Filter, Paging.Clamp(request.Limit), request.Cursor, cancellationToken);
}
