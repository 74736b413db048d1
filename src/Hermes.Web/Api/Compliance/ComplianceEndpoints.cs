using Hermes.Application.Compliance;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Compliance;

/// <summary>The audit log.</summary>
internal sealed class ComplianceEndpoints : IEndpoints
{
    internal static readonly CsvList<AuditView> Csv = new("audit-log",
        ["at", "actor_kind", "actor_id", "actor_name", "action", "subject_type", "subject_id", "before", "after", "request_id", "address"],
        e => [e.At.ToString("O"), e.ActorKind, e.ActorId?.ToString(), e.ActorName, e.Action, e.SubjectType, e.SubjectId.ToString(), e.Before?.GetRawText(), e.After?.GetRawText(), e.RequestId, e.Address]);

    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit/logs", (
            string? actor, string? action, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_type")] string? subjectType,
            [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_id")] Guid? subjectId, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "request_id")] string? requestId,
            DateTimeOffset? from, DateTimeOffset? to, int? limit, string? cursor, HttpRequest request, IMediator mediator) =>
            mediator.OkOrCsv(request, (most, next) => new ListAuditEntries(new AuditFilter(actor, action, subjectType, subjectId, requestId, from, to), most, next), limit, cursor, Csv))
            .WithTags("Compliance").WithSummary("The tenant's audit log, newest first; format=csv for all of it as a file");
}
