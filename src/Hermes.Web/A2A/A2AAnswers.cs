using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;

namespace Hermes.Web.A2A;

/// <summary>Errors as the two bindings write them.</summary>
internal static class A2AAnswers
{
    /// <summary>Domain of refusals that are Hermes' own (permission, money, limits).</summary>
    private const string OwnDomain = "hermes";

    /// <summary>JSON-RPC code of those: the range that servers may use.</summary>
    private const int OwnCode = -32000;

    /// <summary>The protocol's error of a refusal; where it has none, one of Hermes' own with the status of the API.</summary>
    public static A2AError Of(Error error)
    {
        if (error == CallErrors.NotFound || error == CallErrors.PushConfigNotFound)
            return A2AErrors.TaskNotFound;
        if (error == CallErrors.Ended)
            return A2AErrors.UnsupportedOperation.Because(error.Message);
        if (error.Kind == ErrorKind.Invalid)
            return A2AErrors.InvalidParams.Because(error.Members is { } members ? string.Join(' ', members.Select(m => $"{m.Key}: {string.Join(' ', m.Value)}")) : error.Message);
        return new A2AError(OwnCode, error.Code.ToUpperInvariant().Replace('.', '_'), ResultHttp.StatusOf(error), error.Kind switch
        {
            ErrorKind.Unauthenticated => "UNAUTHENTICATED",
            ErrorKind.Forbidden => "PERMISSION_DENIED",
            ErrorKind.NotFound => "NOT_FOUND",
            ErrorKind.LimitExceeded => "RESOURCE_EXHAUSTED",
            ErrorKind.Unavailable => "UNAVAILABLE",
            _ => "FAILED_PRECONDITION",
        }, error.Message);
    }

    /// <summary>A JSON-RPC answer with a result.</summary>
    public static byte[] Rpc<T>(JsonElement? id, T result) => A2AJson.Write(new { jsonrpc = "2.0", id = IdOf(id), result });

    /// <summary>A JSON-RPC answer with an error.</summary>
    public static byte[] Rpc(JsonElement? id, A2AError error) => A2AJson.Write(new Dictionary<string, object?>
    {
        ["jsonrpc"] = "2.0",
        ["id"] = IdOf(id),
        ["error"] = new Dictionary<string, object> { ["code"] = error.Code, ["message"] = error.Message, ["data"] = Details(error) },
    });

    /// <summary>A REST answer with an error.</summary>
    public static byte[] Rest(A2AError error) => A2AJson.Write(new { error = new { code = error.HttpStatus, status = error.Status, message = error.Message, details = Details(error) } });

    /// <summary>The HTTP status of a JSON-RPC error: 200, but for those that stand before the protocol.</summary>
    public static int RpcStatus(A2AError error) => error.Code == OwnCode && error.HttpStatus is 401 or 403 or 404 or 429 ? error.HttpStatus : StatusCodes.Status200OK;

    // A null id must be written; other nulls are left out.
    private static JsonElement IdOf(JsonElement? id) => id is { ValueKind: not JsonValueKind.Undefined } known ? known : JsonElement.Parse("null");

    private static object[] Details(A2AError error) =>
    [
        new Dictionary<string, object>
        {
            ["@type"] = A2AError.InfoType,
            ["reason"] = error.Reason,
            ["domain"] = error.Code == OwnCode ? OwnDomain : A2AError.Domain,
            ["metadata"] = error.Metadata ?? new Dictionary<string, string>(),
        },
    ];
}
