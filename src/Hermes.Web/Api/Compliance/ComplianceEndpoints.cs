using Hermes.Application.Compliance;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Compliance;

/// <summary>The audit log.</summary>
internal sealed class ComplianceEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit/logs", (
            string? actor, string? action, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_type")] string? subjectType,
            [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_id")] Guid? subjectId, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "request_id")] string? requestId,
            DateTimeOffset? from, DateTimeOffset? to, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
            mediator.Ok(new ListAuditEntries(new AuditFilter(actor, action, subjectType, subjectId, requestId, from, to), limit, cursor), ct))
            .WithTags("Compliance").WithSummary("The tenant's audit log, newest first");
}
