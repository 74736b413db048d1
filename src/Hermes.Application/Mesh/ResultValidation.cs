using System.Text.Json;
using Hermes.Domain.Mesh;

namespace Hermes.Application.Mesh;

/// <summary>
/// The rules of a contract, run over a result in their order: JSON Schema (1 or 0), required fields (the share of them that
/// is there), size (1 or 0). The result's score is the lowest of these.
/// </summary>
internal static class ResultValidation
{
    public static IReadOnlyList<ValidationCheck> Run(ValidationRules rules, JsonElement result, int bytes, IJsonSchemaValidator schemas)
    {
        var checks = new List<ValidationCheck>(3);
        if (rules.JsonSchema is { } schema)
        {
            var problems = schemas.Validate(schema, result);
            checks.Add(new ValidationCheck("json_schema", problems.Count == 0 ? 1 : 0, problems));
        }
        if (rules.RequiredFields.Count > 0)
        {
            var missing = rules.RequiredFields.Where(field => !Has(result, field)).ToList();
            checks.Add(new ValidationCheck("required_fields", 1m - (decimal)missing.Count / rules.RequiredFields.Count,
                [.. missing.Select(field => $"'{field}' is missing or empty.")]));
        }
        if (rules.MaxBytes is { } most)
            checks.Add(new ValidationCheck("size", bytes <= most ? 1 : 0, bytes <= most ? [] : [$"The result has {bytes} bytes; at most {most} are allowed."]));
        return checks;
    }

    // A path of member names with dots reaches into objects: 'report.title'.
    private static bool Has(JsonElement result, string field)
    {
        var at = result;
        foreach (var name in field.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return false;
        }
        return at.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => false,
            JsonValueKind.String => !string.IsNullOrWhiteSpace(at.GetString()),
            JsonValueKind.Array => at.GetArrayLength() > 0,
            JsonValueKind.Object => at.GetPropertyCount() > 0,
            _ => true,
        };
    }
}
