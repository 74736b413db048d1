namespace Hermes.Domain.Mesh;

/// <summary>What a result is checked against by itself; with no rule at all the poster accepts or rejects.</summary>
public sealed record ValidationRules
{
    /// <summary>The largest result that any contract takes, in bytes of UTF-8.</summary>
    public const int MostBytes = 1_048_576;

    /// <summary>No rule.</summary>
    public static readonly ValidationRules None = new();

    /// <summary>A JSON Schema as text that the result must meet; null for none.</summary>
    public string? JsonSchema { get; init; }

    /// <summary>Members that the result must have and that are not null or empty.</summary>
    public IReadOnlyList<string> RequiredFields { get; init; } = [];

    /// <summary>Most bytes of the result as JSON in UTF-8; null for <see cref="MostBytes"/>.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>True when something is checked, so that a score comes about without the poster.</summary>
    public bool Any => JsonSchema is not null || RequiredFields.Count > 0 || MaxBytes is not null;
}
