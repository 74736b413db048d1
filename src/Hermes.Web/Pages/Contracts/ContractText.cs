using System.Text.Encodings.Web;
using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Web.TagHelpers;

namespace Hermes.Web.Pages.Contracts;

/// <summary>How contract pages write JSON and scores.</summary>
internal static class ContractText
{
    /// <summary>JSON for reading; Razor encodes it for HTML.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Numbers, truth values and short lists of them in one line; null for what needs a block.</summary>
    public static string? Inline(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Null => "–",
        JsonValueKind.Array when value.GetArrayLength() is > 0 and <= 40 && value.EnumerateArray().All(v => v.ValueKind is JsonValueKind.Number
            || (v.ValueKind == JsonValueKind.String && v.GetString()! is { Length: <= 40 } word && !word.EndsWith('.'))) => string.Join(", ", value.EnumerateArray().Select(v => v.ToString())),
        _ => null,
    };

    /// <summary>A score as parts of a bar of 100 points.</summary>
    public static IReadOnlyList<BarPart> Parts(BidScore score, WeightsInput weights) =>
    [
        new("p1", score.Price * weights.Price / 100), new("p2", score.Performance * weights.Performance / 100),
        new("p3", score.Speed * weights.Speed / 100), new("p4", score.Reputation * weights.Reputation / 100),
    ];
}
