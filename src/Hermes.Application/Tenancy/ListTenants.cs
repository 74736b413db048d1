using FluentValidation;
using System.Text.RegularExpressions;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>Lists tenants, newest first, the platform's own left out.</summary>
/// <param name="Search">Part of name or slug, however capitalised; null for all.</param>
/// <param name="Status">Only these; null for all.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">From the page before; null for the first.</param>
[RequiresOperator]
public sealed record ListTenants(string? Search = null, TenantStatus? Status = null, int? Limit = null, string? Cursor = null) : IQuery<Page<TenantView>>, IAcrossTenants;

/// <summary>Handles <see cref="ListTenants"/>.</summary>
public sealed class ListTenantsHandler(IMemberCounts members, ITenancyDb tenancy) : IRequestHandler<ListTenants, Result<Page<TenantView>>>
{
    /// <inheritdoc />
    public async Task<Result<Page<TenantView>>> Handle(ListTenants request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var rows = tenancy.Tenants.AsNoTracking().Where(t => t.Id != TenantId.Platform);
        if (!string.IsNullOrWhiteSpace(request.Search))
        {
            var part = Regex.Escape(request.Search.Trim());
            rows = rows.Where(t => Regex.IsMatch(t.Slug, part, RegexOptions.IgnoreCase) || Regex.IsMatch(t.Name, part, RegexOptions.IgnoreCase));
        }
        if (request.Status is { } status)
            rows = rows.Where(t => t.Status == status);
        if (SeekPosition.Read(request.Cursor) is { } after)
            rows = rows.Where(t => t.CreatedAt < after.At || (t.CreatedAt == after.At && ((Guid)(object)t.Id).CompareTo(after.Id) < 0));
        var tenants = await rows.OrderByDescending(t => t.CreatedAt).ThenByDescending(t => t.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(tenants, limit, t => SeekPosition.Write(t.CreatedAt, t.Id.Value));
        var counts = await members.OfAsync([.. page.Items.Select(t => t.Id)], cancellationToken);
        return new Page<TenantView>([.. page.Items.Select(t => View(t, counts.GetValueOrDefault(t.Id)))], page.NextCursor);
    }

    internal static TenantView View(Tenant t, int members) =>
        new(t.Id, t.Slug, t.Name, t.Status, t.Plan, members, t.CreatedAt, t.SuspendedAt, t.SuspensionReason, t.Version);
}
