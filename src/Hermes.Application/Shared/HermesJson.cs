using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>JSON as Hermes writes it everywhere: snake_case members and enums, ids as UUIDs, money as a decimal string.</summary>
public static class HermesJson
{
    /// <summary>Shared, read-only.</summary>
    public static readonly JsonSerializerOptions Options = MakeReadOnly();

    /// <summary>Applies Hermes' conventions to another set of options (the web framework's).</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = 32;
        // Sent as application/json only, never put into a page: a plus sign and an umlaut may stay as they are.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new IdConverterFactory());
        options.Converters.Add(new MoneyConverter());
        options.Converters.Add(new CurrencyConverter());
        options.Converters.Add(new InstantConverter());
    }

    private static JsonSerializerOptions MakeReadOnly()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class IdConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsValueType && IsId(typeToConvert);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(IdConverter<>).MakeGenericType(typeToConvert))!;

        private static bool IsId(Type type) =>
            type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>));
    }

    private sealed class IdConverter<TId> : JsonConverter<TId> where TId : struct, IId<TId>
    {
        public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value)
                ? TId.From(value)
                : throw new JsonException("An id is a UUID string.");

        public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }

    private sealed class CurrencyConverter : JsonConverter<Currency>
    {
        public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Currency.TryParse(reader.GetString(), out var currency)
                ? currency
                : throw new JsonException("A currency is an ISO 4217 code that Hermes books, such as \"USD\".");

        public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var value)
                ? value.ToUniversalTime()
                : throw new JsonException("An instant is an ISO 8601 string such as \"2026-01-31T12:00:00Z\".");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }

    private sealed class MoneyConverter : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string? amount = null, code = null;
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Wrong();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var member = reader.GetString();
                reader.Read();
                if (member == "amount")
                    amount = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong();
                else if (member == "currency")
                    code = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong();
                else
                    reader.Skip();
            }
            return Currency.TryParse(code, out var currency) && Money.TryParse(amount, currency, out var money) ? money : throw Wrong();
        }

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("amount", value.ToAmountString());
            writer.WriteString("currency", value.Currency.Code);
            writer.WriteEndObject();
        }

        private static JsonException Wrong() =>
            new("Money is {\"amount\":\"4.00\",\"currency\":\"USD\"}: a decimal string with at most six decimals and a currency that Hermes books.");
    }
}
