using System.Text.Json;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace Hermes.Web.Shared;

/// <summary>
/// Exceptions of API requests as problems: bad input says what is wrong with it, a database that is away is a 503 to
/// repeat, and whatever is left is a 500 that tells nothing but its request id.
/// </summary>
internal sealed class ApiFailures(ILogger<ApiFailures> logger) : IExceptionHandler
{
    private static readonly Error Away = new("request.unavailable", "Hermes can't reach its database at the moment; nothing was changed unless a repeat with the same Idempotency-Key says otherwise.", ErrorKind.Unavailable);

    private static readonly Error Unkeepable = Error.Invalid("request.malformed", "Text with a NUL character or half of a surrogate pair can't be kept.");

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (PageRoutes.IsPage(context))
            return false;
        if (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        if (exception is BadHttpRequestException bad)
        {
            await ResultHttp.Problem(Malformed(bad), bad.StatusCode).ExecuteAsync(context);
            return true;
        }
        if (IsUnkeepable(exception))
        {
            logger.LogWarning(exception, "Text that PostgreSQL can't keep came through to it (request {RequestId}).", context.TraceIdentifier);
            await ResultHttp.Problem(Unkeepable).ExecuteAsync(context);
            return true;
        }
        if (DatabaseIsAway(exception))
        {
            logger.LogWarning(exception, "The database is away (request {RequestId}).", context.TraceIdentifier);
            context.Response.Headers.RetryAfter = "1";
            await ResultHttp.Problem(Away).ExecuteAsync(context);
            return true;
        }
        return false;
    }

    private static Error Malformed(BadHttpRequestException bad) => bad switch
    {
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => Error.Invalid("request.too_large", "The body is larger than this resource takes."),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Error.Invalid("request.unsupported_media_type", "Send JSON with 'Content-Type: application/json'."),
        { InnerException: JsonException json } => Error.Invalid("request.malformed", $"The JSON is not as expected{At(json)}: {Reason(json)}"),
        _ when bad.Message.Contains("body was provided", StringComparison.Ordinal) => Error.Invalid("request.malformed", "A JSON body is needed."),
        _ => Error.Invalid("request.malformed", bad.Message),
    };

    private static string At(JsonException json) => json.Path is null or "$" ? "" : $" at {json.Path}";

    // The serialiser's own messages name .NET types; ours do not.
    private static string Reason(JsonException json) =>
        json.Message.Contains("Hermes.", StringComparison.Ordinal) || json.Message.Contains("System.", StringComparison.Ordinal)
            ? json.Message.Contains("missing required properties", StringComparison.Ordinal)
                ? "a required member is missing."
                : "the value has the wrong type."
            : json.Message.Split(" Path: ")[0];

    // Whatever the readers of input let through.
    private static bool IsUnkeepable(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.UntranslatableCharacter,
        { InnerException: { } inner } => IsUnkeepable(inner),
        _ => false,
    };

    private static bool DatabaseIsAway(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal),
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.InnerException is IOException or TimeoutException or System.Net.Sockets.SocketException,
        { InnerException: { } inner } => DatabaseIsAway(inner),
        _ => false,
    };
}
