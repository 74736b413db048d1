using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.Application.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Reads a schema once and answers by it; see <c>docs/decisions</c> for what of draft 2020-12 is supported.</summary>
internal sealed class JsonSchemaValidator : IJsonSchemaValidator
{
    /// <summary>Longest schema, in characters.</summary>
    public const int MaxLength = 65_536;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public Error? Check(string schema)
    {
        if (schema.Length > MaxLength)
            return Refused($"it is longer than {MaxLength} characters");
        try
        {
            using var document = JsonDocument.Parse(schema, Options);
            return JsonSchemaRules.Problem(document.RootElement) is { } problem ? Refused(problem) : null;
        }
        catch (JsonException exception)
        {
            return Refused($"it is not JSON ({exception.Message})");
        }
    }

    public IReadOnlyList<string> Validate(string schema, JsonElement result)
    {
        using var document = JsonDocument.Parse(schema, Options);
        var evaluation = new JsonSchemaEvaluation(document.RootElement);
        try
        {
            evaluation.Run(result);
        }
        catch (RegexMatchTimeoutException)
        {
            return ["$: a pattern took too long"];
        }
        return evaluation.Problems;
    }

    private static Error Refused(string why) =>
        Error.Validation(new Dictionary<string, string[]> { ["validation.json_schema"] = [$"The schema can't be used: {why}."] });
}
