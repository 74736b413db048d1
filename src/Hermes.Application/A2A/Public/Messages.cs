using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hermes.Application.A2A.Public;

/// <summary>Who wrote a message.</summary>
public enum Role
{
    /// <summary>Not said.</summary>
    [JsonStringEnumMemberName("ROLE_UNSPECIFIED")]
    Unspecified = 0,
    /// <summary>The caller.</summary>
    [JsonStringEnumMemberName("ROLE_USER")]
    User = 1,
    /// <summary>The agent that is called.</summary>
    [JsonStringEnumMemberName("ROLE_AGENT")]
    Agent = 2,
}

/// <summary>A piece of a message or artifact: exactly one of text, raw, url and data.</summary>
public sealed record Part
{
    /// <summary>Text; null unless this is what the part is.</summary>
    public string? Text { get; init; }

    /// <summary>Bytes of a file (base64 in JSON); null unless this is what the part is.</summary>
    public byte[]? Raw { get; init; }

    /// <summary>Where a file lies; null unless this is what the part is.</summary>
    public string? Url { get; init; }

    /// <summary>Any JSON value but null; null unless this is what the part is.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }

    /// <summary>A file's name; null when not said.</summary>
    public string? Filename { get; init; }

    /// <summary>A MIME type; null when not said.</summary>
    public string? MediaType { get; init; }

    /// <summary>A part of text.</summary>
    public static Part OfText(string text) => new() { Text = text };

    /// <summary>A part of JSON.</summary>
    public static Part OfData(JsonElement data) => new() { Data = data, MediaType = "application/json" };

    /// <summary>True when exactly one of text, raw, url and data is there.</summary>
    [JsonIgnore]
    public bool IsWhole => (Text is null ? 0 : 1) + (Raw is null ? 0 : 1) + (Url is null ? 0 : 1) + (Data is null ? 0 : 1) == 1;
}

/// <summary>One turn between a caller and an agent.</summary>
public sealed record Message
{
    /// <summary>Made by its writer; empty only when the writer broke the specification.</summary>
    public string MessageId { get; init => field = value ?? ""; } = "";

    /// <summary>The conversation; null or empty to begin one.</summary>
    public string? ContextId { get; init; }

    /// <summary>The task it continues; null or empty for none.</summary>
    public string? TaskId { get; init; }

    /// <summary>Who wrote it.</summary>
    public Role Role { get; init; }

    /// <summary>At least one, unless the writer broke the specification.</summary>
    public IReadOnlyList<Part> Parts { get; init => field = value ?? []; } = [];

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }

    /// <summary>URIs of the extensions it uses; null for none.</summary>
    public IReadOnlyList<string>? Extensions { get; init; }

    /// <summary>Other tasks that it speaks of; null for none.</summary>
    public IReadOnlyList<string>? ReferenceTaskIds { get; init; }

    /// <summary>A caller's message of text.</summary>
    /// <param name="id">Unique to the caller.</param>
    /// <param name="text">The text.</param>
    public static Message FromUser(string id, string text) => new() { MessageId = id, Role = Role.User, Parts = [Part.OfText(text)] };

    /// <summary>All text parts, one to a line.</summary>
    public string AllText() => string.Join('\n', Parts.Where(p => p.Text is not null).Select(p => p.Text));
}

/// <summary>Something that a task made.</summary>
public sealed record Artifact
{
    /// <summary>Unique within the task.</summary>
    public string ArtifactId { get; init => field = value ?? ""; } = "";

    /// <summary>For people; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>Its content.</summary>
    public IReadOnlyList<Part> Parts { get; init => field = value ?? []; } = [];

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }

    /// <summary>URIs of the extensions it uses; null for none.</summary>
    public IReadOnlyList<string>? Extensions { get; init; }
}
