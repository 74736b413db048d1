using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.Application.Compliance;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Compliance;

internal sealed class AuditLog(HermesDbContext db) : IAuditLog
{
    public async Task<Page<AuditView>> ListAsync(TenantId tenant, AuditFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var rows = Narrow(db.Set<AuditEntry>().AsNoTracking().Where(e => e.TenantId == tenant), filter);
        if (SeekPosition.Read(cursor) is { } after)
            rows = rows.Where(e => e.At < after.At || (e.At == after.At && e.Id < after.Id));
        var found = await rows.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(found, limit, e => SeekPosition.Write(e.At, e.Id));
        return new Page<AuditView>([.. page.Items.Select(View)], page.NextCursor);
    }

    private static IQueryable<AuditEntry> Narrow(IQueryable<AuditEntry> rows, AuditFilter filter)
    {
        if (Guid.TryParse(filter.Actor, out var actor))
            rows = rows.Where(e => e.ActorId == actor);
        else if (!string.IsNullOrWhiteSpace(filter.Actor))
        {
            var part = Regex.Escape(filter.Actor.Trim());
            rows = rows.Where(e => Regex.IsMatch(e.ActorName, part, RegexOptions.IgnoreCase));
        }
        if (!string.IsNullOrWhiteSpace(filter.Action))
        {
            var beginning = filter.Action.Trim();
            rows = rows.Where(e => e.Action.StartsWith(beginning));
        }
        if (!string.IsNullOrWhiteSpace(filter.SubjectType))
            rows = rows.Where(e => e.SubjectType == filter.SubjectType);
        if (filter.SubjectId is { } subject)
            rows = rows.Where(e => e.SubjectId == subject);
        if (!string.IsNullOrWhiteSpace(filter.RequestId))
            rows = rows.Where(e => e.RequestId == filter.RequestId);
        if (filter.From is { } from)
            rows = rows.Where(e => e.At >= from.ToUniversalTime());
        if (filter.To is { } to)
            rows = rows.Where(e => e.At < to.ToUniversalTime());
        return rows;
    }

    private static AuditView View(AuditEntry e) => new(
        e.Id, e.At, e.ActorKind, e.ActorId, e.ActorName, e.Action, e.SubjectType, e.SubjectId, Json(e.Before), Json(e.After), e.RequestId, e.Address);

    private static JsonElement? Json(string? text) => text is null ? null : JsonDocument.Parse(text).RootElement;
}

internal sealed class ComplianceModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration) => services.AddScoped<IAuditLog, AuditLog>();
}
