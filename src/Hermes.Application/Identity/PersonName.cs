namespace Hermes.Application.Identity;

/// <summary>Names of people.</summary>
internal static class PersonName
{
    /// <summary>Most characters.</summary>
    public const int MaxLength = 120;

    /// <summary>True for visible characters only.</summary>
    public static bool IsValid(string? name) => !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength && !name.Any(char.IsControl);
}
