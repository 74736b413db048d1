using System.Text.Json;
using System.Text.Json.Nodes;
using Hermes.Application.A2A.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>Messages and artifacts of the protocol, as text in and out of calls.</summary>
public static class CallMessage
{
    /// <summary>Largest message or artifact, in bytes of JSON.</summary>
    public const int MaxBytes = 1_048_576;

    private static readonly string[] Contents = ["text", "raw", "url", "data"];

    /// <summary>Checks a message and gives it the call's ids.</summary>
    /// <param name="message">As it was sent.</param>
    /// <param name="role"><c>ROLE_USER</c> or <c>ROLE_AGENT</c>.</param>
    /// <param name="call">The call.</param>
    /// <param name="context">The conversation's name.</param>
    /// <param name="clock">For the id of one that has none.</param>
    public static Result<string> Of(JsonElement message, string role, CallId call, string context, TimeProvider clock)
    {
        if (Wrong<Message>(message) is { } wrong)
            return CallErrors.BadMessage(wrong);
        var node = JsonObject.Create(message)!;
        if (node["messageId"] is not JsonValue id || id.GetValueKind() != JsonValueKind.String || id.GetValue<string>().Length == 0)
            node["messageId"] = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        node["role"] = role;
        node["taskId"] = call.ToString();
        node["contextId"] = context;
        return node.ToJsonString(Protocol);
    }

    /// <summary>A message of one text.</summary>
    public static JsonElement Text(string text) => JsonSerializer.SerializeToElement(new { parts = new[] { new { text } } });

    /// <summary>A message of the agent with one text, with the call's ids.</summary>
    public static string FromAgent(string text, CallId call, string context, TimeProvider clock) =>
        Of(Text(text), "ROLE_AGENT", call, context, clock).Value;

    /// <summary>Checks an artifact and gives it an id where it has none.</summary>
    public static Result<string> ArtifactOf(JsonElement artifact, TimeProvider clock)
    {
        if (Wrong<Artifact>(artifact) is { } wrong)
            return Error.Validation(new Dictionary<string, string[]> { ["artifact"] = [wrong] });
        var node = JsonObject.Create(artifact)!;
        if (node["artifactId"] is not JsonValue id || id.GetValueKind() != JsonValueKind.String || id.GetValue<string>().Length == 0)
            node["artifactId"] = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        return node.ToJsonString(Protocol);
    }

    /// <summary>The texts of a message's or an artifact's parts, joined by line ends.</summary>
    public static string TextOf(string? body)
    {
        if (body is null)
            return "";
        using var document = JsonDocument.Parse(body);
        return document.RootElement.TryGetProperty("parts", out var parts)
            ? string.Join('\n', parts.EnumerateArray().Where(p => p.TryGetProperty("text", out _)).Select(p => p.GetProperty("text").GetString()))
            : "";
    }

    /// <summary>JSON as the protocol writes it.</summary>
    public static readonly JsonSerializerOptions Protocol = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Wrong<T>(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return "One JSON object.";
        if (element.GetRawText().Length > MaxBytes)
            return $"At most {MaxBytes} bytes.";
        if (!element.TryGetProperty("parts", out var parts) || parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() is 0 or > 1_000)
            return "parts is an array of 1 to 1,000 parts.";
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || Contents.Count(c => part.TryGetProperty(c, out _)) != 1)
                return "A part has exactly one of text, raw, url and data.";
            if ((part.TryGetProperty("text", out var text) || part.TryGetProperty("url", out text) || part.TryGetProperty("raw", out text)) && text.ValueKind != JsonValueKind.String)
                return "text, raw and url are strings.";
        }
        try
        {
            A2AJson.Read<T>(element);
            return null;
        }
        catch (JsonException)
        {
            return "A member has the wrong type.";
        }
    }
}
