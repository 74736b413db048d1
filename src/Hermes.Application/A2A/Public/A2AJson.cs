using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hermes.Application.Shared;

namespace Hermes.Application.A2A.Public;

/// <summary>JSON as the protocol has it: camelCase, absent where null, enums by the specification's names, instants in UTC with milliseconds.</summary>
public static class A2AJson
{
    /// <summary>The protocol's version that Hermes speaks.</summary>
    public const string Version = "1.0";

    /// <summary>Name of the header and query parameter that carry the version.</summary>
    public const string VersionHeader = "A2A-Version";

    /// <summary>Name of the header that lists extensions' URIs, separated by commas.</summary>
    public const string ExtensionsHeader = "A2A-Extensions";

    /// <summary>Media type of the REST binding and of pushes.</summary>
    public const string MediaType = "application/a2a+json";

    /// <summary>Shared, read-only. Unknown members are ignored; null counts as absent.</summary>
    public static readonly JsonSerializerOptions Options = Make();

    /// <summary>UTF-8 JSON of a protocol record.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>A protocol record as a JSON element.</summary>
    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Options);

    /// <summary>Reads a protocol record.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("null is no answer.");

    /// <summary>Reads a protocol record.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    public static T Read<T>(JsonElement json) => json.Deserialize<T>(Options) ?? throw new JsonException("null is no answer.");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 64,
        };
        options.Converters.Add(new JsonStringEnumConverter());
        options.Converters.Add(new InstantConverter());
        InputJson.Guard(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var value)
                ? value.ToUniversalTime()
                : throw new JsonException("A timestamp is an ISO 8601 string.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
