using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Hermes.Application.Shared;

/// <summary>
/// JSON as Hermes takes it from outside: its conventions, and nothing that can't be kept. Text with a NUL or half a
/// surrogate pair is no text for PostgreSQL, and a list of things has no holes; each is refused with the member's path,
/// before anything is read from it.
/// </summary>
public static class InputJson
{
    /// <summary>Shared, read-only.</summary>
    public static readonly JsonSerializerOptions Options = Make();

    /// <summary>Free JSON.</summary>
    /// <exception cref="JsonException">It is none, or none that can be kept.</exception>
    public static JsonElement Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<JsonElement>(json, Options);

    /// <summary>Applies <see cref="HermesJson.Apply"/> and the refusals.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        HermesJson.Apply(options);
        Guard(options);
    }

    /// <summary>Only the refusals, for another protocol's conventions.</summary>
    public static void Guard(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new ElementConverter());
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RefuseHoles);
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    // Free JSON inside a request, a contract's context for instance, may hold nulls: it is not such a list.
    private static void RefuseHoles(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Enumerable || info.ElementType is not { IsValueType: false })
            return;
        info.OnDeserialized = static list =>
        {
            foreach (var element in (IEnumerable)list)
            {
                if (element is null)
                    throw new JsonException("A list has no null elements.");
            }
        };
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException unreadable) when (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            throw new JsonException("Text is whole characters: half of a surrogate pair can't be kept.", unreadable);
        }
        return text.Contains('\0', StringComparison.Ordinal) ? throw new JsonException("Text with a NUL character can't be kept.") : text;
    }

    private sealed class TextConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? Text(ref reader) : throw new JsonException("Text is expected here.");

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Text(ref reader);

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
    }

    private sealed class ElementConverter : JsonConverter<JsonElement>
    {
        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            // A copy of the reader goes ahead; the reader itself reads the whole afterwards.
            var ahead = reader;
            var depth = ahead.CurrentDepth;
            do
            {
                if (ahead.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    Text(ref ahead);
            }
            while ((ahead.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray || ahead.CurrentDepth > depth) && ahead.Read());
            return JsonElement.ParseValue(ref reader);
        }

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}
