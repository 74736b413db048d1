using System.Globalization;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Tenancy;

/// <summary>Tenants for operators, and one's own tenant's settings.</summary>
internal sealed class TenancyEndpoints : IEndpoints
{
    /// <summary>Body of a new tenant.</summary>
    internal sealed record TenantBody(string Name, string Slug, OwnerInput Owner);

    /// <summary>Body of a tenant's change; what is left out stays.</summary>
    internal sealed record TenantChange(string? Name, TenantStatus? Status, string? Reason);

    /// <summary>Body of the settings.</summary>
    internal sealed record SettingsBody(string Name, string? ContactEmail);

    internal static readonly CsvList<TenantView> Csv = new("tenants",
        ["id", "slug", "name", "status", "plan", "members", "created_at"],
        t => [t.Id.ToString(), t.Slug, t.Name, SnakeCase.Of(t.Status.ToString()), SnakeCase.Of(t.Plan.ToString()), t.Members.ToString(CultureInfo.InvariantCulture), t.CreatedAt.ToString("O")]);

    public void Map(IEndpointRouteBuilder api)
    {
        var tenants = api.MapGroup("/admin/tenants").WithTags("Tenancy");
        tenants.MapPost("", (TenantBody body, IMediator mediator, CancellationToken ct) =>
            mediator.Created(new CreateTenant(body.Name, body.Slug, body.Owner), t => $"/api/v1/admin/tenants/{t.Id}", ct)).WithSummary("Make a tenant with its first admin (operators)");
        tenants.MapGet("", (string? search, TenantStatus? status, int? limit, string? cursor, HttpRequest request, IMediator mediator) =>
            mediator.OkOrCsv(request, (most, next) => new ListTenants(search, status, most, next), limit, cursor, Csv)).WithSummary("Tenants (operators); format=csv for all of them as a file");
        tenants.MapGet("/{id:guid}", async (Guid id, HttpContext context, IMediator mediator, CancellationToken ct) =>
            View(context, await mediator.Send(new GetTenant(new TenantId(id)), ct))).WithSummary("A tenant (operators)");
        tenants.MapPut("/{id:guid}", async (Guid id, TenantChange body, HttpContext context, IMediator mediator, CancellationToken ct) =>
            View(context, await mediator.Send(new UpdateTenant(new TenantId(id), body.Name, body.Status, body.Reason, Versions.Expected(context.Request)), ct)))
            .WithSummary("Rename, suspend or reactivate a tenant (operators)");

        api.MapGet("/settings", async (HttpContext context, IMediator mediator, CancellationToken ct) =>
            View(context, await mediator.Send(new GetTenantSettings(), ct))).WithTags("Tenancy").WithSummary("The current tenant's settings");
        api.MapPut("/settings", async (SettingsBody body, HttpContext context, IMediator mediator, CancellationToken ct) =>
            View(context, await mediator.Send(new UpdateTenantSettings(body.Name, body.ContactEmail, Versions.Expected(context.Request)), ct)))
            .WithTags("Tenancy").WithSummary("Change the current tenant's settings");
    }

    private static OkAnswer<TenantView> View(HttpContext context, Result<TenantView> result) => new(result.ToHttp(tenant =>
    {
        Versions.Write(context, tenant.Version);
        return Results.Json(tenant, HermesJson.Options);
    }));

    private static OkAnswer<TenantSettings> View(HttpContext context, Result<TenantSettings> result) => new(result.ToHttp(settings =>
    {
        Versions.Write(context, settings.Version);
        return Results.Json(settings, HermesJson.Options);
    }));
}
