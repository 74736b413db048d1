using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shared;

/// <summary>Results as HTTP answers: values as JSON, refusals as problem details (RFC 9457) with a stable <c>code</c>.</summary>
public static class ResultHttp
{
    /// <summary>Sends a request and answers 200 with its value.</summary>
    public static async Task<OkAnswer<T>> Ok<T>(this IMediator mediator, IRequest<Result<T>> request, CancellationToken cancellationToken) =>
        new((await mediator.Send(request, cancellationToken)).ToHttp(value => Results.Json(value, HermesJson.Options)));

    /// <summary>Sends a request and answers 201 with its value and place.</summary>
    public static async Task<CreatedAnswer<T>> Created<T>(this IMediator mediator, IRequest<Result<T>> request, Func<T, string> location, CancellationToken cancellationToken) =>
        new((await mediator.Send(request, cancellationToken)).ToHttp(value => new CreatedJson<T>(value, location(value))));

    /// <summary>Sends a request and answers 204.</summary>
    public static async Task<NoContentAnswer> NoContent<T>(this IMediator mediator, IRequest<Result<T>> request, CancellationToken cancellationToken) =>
        new((await mediator.Send(request, cancellationToken)).ToHttp(_ => Results.NoContent()));

    /// <summary>The value's answer, or the refusal's problem details.</summary>
    public static Microsoft.AspNetCore.Http.IResult ToHttp<T>(this Result<T> result, Func<T, Microsoft.AspNetCore.Http.IResult> answer) =>
        result.Succeeded ? answer(result.Value) : Problem(result.Error);

    /// <summary>A refusal as problem details, with its kind's status code or the given one.</summary>
    public static Microsoft.AspNetCore.Http.IResult Problem(Error error, int? status = null)
    {
        var problem = new ProblemDetails
        {
            Type = $"/problems/{error.Code}",
            Title = error.Message,
            Status = status ?? StatusOf(error),
            Extensions = { ["code"] = error.Code },
        };
        if (error.Members is not null)
            problem.Extensions["errors"] = error.Members;
        return Results.Problem(problem);
    }

    /// <summary>The status code of a refusal.</summary>
    public static int StatusOf(Error error) => error.Kind switch
    {
        ErrorKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ErrorKind.InsufficientFunds => StatusCodes.Status402PaymentRequired,
        ErrorKind.LimitExceeded => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private sealed class CreatedJson<T>(T value, string location) : Microsoft.AspNetCore.Http.IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status201Created;
            httpContext.Response.Headers.Location = location;
            return httpContext.Response.WriteAsJsonAsync(value, HermesJson.Options, httpContext.RequestAborted);
        }
    }
}
