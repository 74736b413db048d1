using System.Globalization;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.A2A;

/// <summary>Reads what agents answer, in both bindings, and says in one sentence what is wrong with it.</summary>
internal static class A2AAnswers
{
    private const int LongestSaid = 300;

    /// <summary>The result of a JSON-RPC answer.</summary>
    /// <exception cref="A2ACallException">An error, or not what was asked for.</exception>
    public static T Rpc<T>(OutgoingAnswer answer, string id)
    {
        // Some agents send a JSON-RPC error with an HTTP error status; what it says is worth more than the status.
        if (Json(answer) is { ValueKind: JsonValueKind.Object } root && (answer.Succeeded || root.TryGetProperty("error", out _)))
            return Result<T>(root, id);
        if (!answer.Succeeded)
            throw HttpFailure(answer);
        throw NotJson(answer);
    }

    /// <summary>The body of a REST answer.</summary>
    /// <exception cref="A2ACallException">An error, or not what was asked for.</exception>
    public static T Rest<T>(OutgoingAnswer answer)
    {
        if (!answer.Succeeded)
            throw RestError(answer) is { } error ? Refused(error, answer.Status) : HttpFailure(answer);
        if (answer.Body.IsEmpty && typeof(T) == typeof(JsonElement))
            return default!;
        if (Json(answer) is not { } root)
            throw NotJson(answer);
        // Some answer 200 with an error inside.
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inside) && inside.ValueKind == JsonValueKind.Object)
            throw Refused(ReadRest(inside) ?? A2AErrors.Internal, answer.Status);
        return Read<T>(root);
    }

    /// <summary>The protocol's error in a REST answer; null when it holds none.</summary>
    public static A2AError? RestError(OutgoingAnswer answer) =>
        Json(answer) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? ReadRest(error) : null;

    /// <summary>One event of a stream.</summary>
    /// <param name="data">The event's data.</param>
    /// <param name="id">Of the JSON-RPC request; null in REST.</param>
    /// <param name="isError">The event's type was <c>error</c>.</param>
    /// <exception cref="A2ACallException">An error, or not an event.</exception>
    public static StreamResponse Event(byte[] data, string? id, bool isError)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(data);
        }
        catch (JsonException failure)
        {
            throw new A2ACallException(A2AFailure.InvalidAnswer, "An event of the stream is not JSON.", failure);
        }
        if (root.ValueKind != JsonValueKind.Object)
            throw new A2ACallException(A2AFailure.InvalidAnswer, "An event of the stream is not a JSON object.");
        if (id is not null)
            return Result<StreamResponse>(root, id);
        if (isError || root.TryGetProperty("error", out _))
            throw Refused((root.TryGetProperty("error", out var error) ? ReadRest(error) : null) ?? A2AErrors.Internal, null);
        return Read<StreamResponse>(root);
    }

    private static T Result<T>(JsonElement root, string id)
    {
        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
            throw Refused(ReadRpc(error), null);
        if (!root.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || version.GetString() != "2.0")
            throw new A2ACallException(A2AFailure.InvalidAnswer, "The answer is JSON, but not JSON-RPC 2.0.");
        if (!root.TryGetProperty("id", out var echoed) || echoed.ValueKind != JsonValueKind.String || echoed.GetString() != id)
            throw new A2ACallException(A2AFailure.InvalidAnswer, "The answer belongs to another JSON-RPC request: its id is not the one that was sent.");
        if (!root.TryGetProperty("result", out var result))
            throw new A2ACallException(A2AFailure.InvalidAnswer, "The JSON-RPC answer has neither result nor error.");
        // Deleting answers null, some agents an empty object.
        return typeof(T) == typeof(JsonElement) ? (T)(object)result : Read<T>(result);
    }

    private static T Read<T>(JsonElement json)
    {
        try
        {
            return A2AJson.Read<T>(json);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or NotSupportedException)
        {
            var where = failure is JsonException { Path.Length: > 0 } located ? $" at {Cut(located.Path!)}" : "";
            throw new A2ACallException(A2AFailure.InvalidAnswer, $"The answer is JSON, but not the one that the specification describes{where}.", failure);
        }
    }

    private static JsonElement? Json(OutgoingAnswer answer)
    {
        try
        {
            return answer.Body.IsEmpty ? null : JsonElement.Parse(answer.Body.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static A2AError ReadRpc(JsonElement error)
    {
        var code = error.TryGetProperty("code", out var number) && number.TryGetInt32(out var read) ? read : A2AErrors.Internal.Code;
        var known = A2AErrors.ByCode(code) ?? (A2AErrors.Internal with { Code = code });
        return known.Because(Text(error, "message") ?? known.Message);
    }

    private static A2AError? ReadRest(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
            return null;
        string? reason = null;
        if (error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array)
            reason = details.EnumerateArray().Where(d => d.ValueKind == JsonValueKind.Object).Select(d => Text(d, "reason")).FirstOrDefault(r => r is not null);
        var known = A2AErrors.ByReason(reason);
        if (known is null && error.TryGetProperty("code", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var status))
            known = A2AErrors.Internal with { HttpStatus = status, Reason = reason ?? A2AErrors.Internal.Reason, Status = Text(error, "status") ?? A2AErrors.Internal.Status };
        return known?.Because(Text(error, "message") ?? known.Message);
    }

    private static string? Text(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? Cut(value.GetString()!) : null;

    private static A2ACallException Refused(A2AError error, int? status) =>
        new(A2AFailure.Refused, $"The agent refused ({error.Code} {error.Reason}): {error.Message}") { Error = error, HttpStatus = status };

    private static A2ACallException HttpFailure(OutgoingAnswer answer) => new(answer.Status switch
    {
        401 or 403 => A2AFailure.Unauthorized,
        429 or 503 => A2AFailure.Overloaded,
        _ => A2AFailure.HttpError,
    }, answer.Status switch
    {
        401 or 403 => $"The agent wants other credentials (HTTP {answer.Status}).",
        429 or 503 => $"The agent is busy (HTTP {answer.Status}).",
        _ => $"The agent answered HTTP {answer.Status}.",
    })
    {
        HttpStatus = answer.Status,
        RetryAfter = answer.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null,
    };

    private static A2ACallException NotJson(OutgoingAnswer answer) => new(A2AFailure.InvalidAnswer, answer.MediaType switch
    {
        "" => "The agent's answer is not JSON.",
        "application/json" or A2AJson.MediaType => "The agent's answer says that it is JSON, but can't be parsed.",
        var type => $"The agent answered {Cut(type)} instead of JSON.",
    })
    { HttpStatus = answer.Status };

    // What others say is shown to people: one line, not a page.
    private static string Cut(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= LongestSaid ? line : line[..LongestSaid] + "…";
    }
}
