using System.Text.Json;

namespace Hermes.IntegrationTests.Operations;

/// <summary>A value of a schema's type: what binding takes, not necessarily what a rule allows.</summary>
internal static class ApiSample
{
    public static object? Of(JsonElement document, JsonElement schema, int depth = 0)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Of(document, document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]), depth + 1);
        if (schema.TryGetProperty("oneOf", out var one))
            return Of(document, one.EnumerateArray().Last(), depth);
        if (schema.TryGetProperty("enum", out var words))
            return words[0].GetString();
        var type = schema.TryGetProperty("type", out var t) ? t.ValueKind == JsonValueKind.Array ? t.EnumerateArray().First(x => x.GetString() != "null").GetString() : t.GetString() : "object";
        return type switch
        {
            "string" => schema.TryGetProperty("format", out var format) && format.GetString() == "uuid" ? "01936f5e-0000-7000-8000-000000000001"
                : schema.TryGetProperty("format", out format) && format.GetString() == "date-time" ? "2026-11-21T00:00:00Z"
                : schema.TryGetProperty("pattern", out var pattern) && pattern.GetString()!.Contains("A-Z", StringComparison.Ordinal) ? "USD"
                : "4.00",
            "integer" or "number" => 1,
            "boolean" => true,
            "array" => depth > 6 || !schema.TryGetProperty("items", out var items) ? Array.Empty<object?>() : new[] { Of(document, items, depth + 1) },
            _ when depth > 6 => null,
            _ => schema.TryGetProperty("properties", out var properties)
                ? properties.EnumerateObject()
                    .ToDictionary(p => p.Name, p => Of(document, p.Value, depth + 1))
                : new Dictionary<string, object?>(),
        };
    }
}
