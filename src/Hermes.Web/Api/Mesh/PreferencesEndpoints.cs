using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Mesh;

internal sealed class PreferencesEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var preferences = api.MapGroup("/users/me/preferences").WithTags("Mesh");
        preferences.MapGet("", async (HttpContext context, IMediator mediator, CancellationToken ct) => View(context, await mediator.Send(new GetPreferences(), ct)))
            .Produces<PreferencesView>().WithSummary("The calling person's weights and limits in its current organisation.");
        preferences.MapPut("", async (SetPreferences body, HttpContext context, IMediator mediator, CancellationToken ct) =>
                View(context, await mediator.Send(body with { Version = Versions.Expected(context.Request) }, ct)))
            .Produces<PreferencesView>().WithSummary("Replaces them: own weights or a preset; If-Match guards against lost updates.");
        preferences.MapPost("/preview", (PreviewPreferences body, IMediator mediator, CancellationToken ct) => mediator.Ok(body, ct))
            .WithSummary("How weights would rank the bids of a contract that was awarded, or a made-up set.");
    }

    private static IResult View(HttpContext context, Result<PreferencesView> result)
    {
        if (result.Succeeded)
            Versions.Write(context, result.Value.Version);
        return result.ToHttp(view => Results.Json(view, HermesJson.Options));
    }
}

internal sealed class KeyEndpoints : IRootEndpoints
{
    public void Map(IEndpointRouteBuilder root) => root.MapGet("/.well-known/jwks.json", async (HttpResponse response, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetPublishedKeys(), ct)).ToHttp(keys =>
        {
            response.Headers.CacheControl = "public, max-age=60";
            return Results.Text(keys, "application/jwk-set+json");
        })).WithTags("Mesh").WithSummary("The keys that receipts are verified with.");
}
