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

    /// <summary>Most bytes of the result as JSON in UTF-8; null for 1,048,576.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>True when the most bytes, if any, lie within 1 and <see cref="MostBytes"/>.</summary>
    internal bool MaxBytesHolds => MaxBytes is null or (> 0 and <= MostBytes);

    /// <summary>True when there are at most 50 fields of 1 to 200 characters. What a caller sends may hold a null in spite of its type.</summary>
    internal bool RequiredFieldsHold => RequiredFields.Count <= 50 && RequiredFields.All(f => f is { Length: <= 200 } && !string.IsNullOrWhiteSpace(f));

    /// <summary>True when something is checked, so that a score comes about without the poster.</summary>
    public bool Any => JsonSchema is not null || RequiredFields.Count > 0 || MaxBytes is not null;
}
