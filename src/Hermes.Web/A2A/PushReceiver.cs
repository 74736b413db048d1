using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using Microsoft.AspNetCore.Http.Features;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.A2A;

/// <summary>Where agents push news of the tasks that Hermes gave them. They prove themselves with the token of the one call.</summary>
internal sealed class PushReceiverEndpoints : IRootEndpoints
{
    /// <summary>Header of the token.</summary>
    public const string TokenHeader = "X-A2A-Notification-Token";

    private const int MaxBody = 1024 * 1024;
    private static readonly Error NotAnEvent = Error.Invalid("calls.push_invalid", "The body is no event of the protocol (StreamResponse).");

    public void Map(IEndpointRouteBuilder root) => root.MapPost("/a2a/notifications/{callId:guid}", TakeAsync).ExcludeFromDescription();

    private static async Task<IResult> TakeAsync(Guid callId, HttpContext context, ISystemScopes scopes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        StreamResponse happened;
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            happened = A2AJson.Read<StreamResponse>(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (Exception failure) when (failure is JsonException or BadHttpRequestException)
        {
            return ResultHttp.Problem(NotAnEvent);
        }
        await using var scope = scopes.Begin("call-push-receiver");
        var taken = await scope.SendAsync(new TakePush(new CallId(callId), context.Request.Headers[TokenHeader].FirstOrDefault(), happened), context.RequestAborted);
        return taken.Succeeded ? Results.NoContent() : ResultHttp.Problem(taken.Error);
    }
}
