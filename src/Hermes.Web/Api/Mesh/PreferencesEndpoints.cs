using Hermes.Application.Mesh;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Mesh;

internal sealed class PreferencesEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var preferences = api.MapGroup("/users/me/preferences").WithTags("Mesh");
        preferences.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetPreferences(), ct))
            .WithSummary("The calling person's weights and limits in its current organisation.");
        preferences.MapPut("", (SetPreferences body, IMediator mediator, CancellationToken ct) => mediator.Ok(body, ct))
            .WithSummary("Replaces them: own weights or a preset.");
        preferences.MapPost("/preview", (PreviewPreferences body, IMediator mediator, CancellationToken ct) => mediator.Ok(body, ct))
            .WithSummary("How weights would rank the bids of a contract that was awarded, or a made-up set.");
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
