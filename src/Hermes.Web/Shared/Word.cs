using Hermes.Application.Shared;

namespace Hermes.Web.Shared;

/// <summary>A choice in a query, in the API's own words: <c>in_progress</c>, as answers say it.</summary>
/// <typeparam name="T">The choices.</typeparam>
/// <param name="Value">The one that was made.</param>
public readonly record struct Word<T>(T Value) where T : struct, Enum
{
    /// <summary>Reads it; false for what is none of the choices.</summary>
    public static bool TryParse(string? text, out Word<T> word)
    {
        var known = Words.TryRead<T>(text, out var value);
        word = new(value ?? default);
        return known && value is not null;
    }
}

/// <summary>Reads choices.</summary>
public static class Words
{
    /// <summary>Reads one; true and null for no text, false for what is none of the choices.</summary>
    public static bool TryRead<T>(string? text, out T? value) where T : struct, Enum
    {
        value = null;
        if (string.IsNullOrEmpty(text))
            return true;
        foreach (var one in Enum.GetValues<T>())
        {
            if (text.Equals(SnakeCase.Of(one.ToString()), StringComparison.OrdinalIgnoreCase))
                value = one;
        }
        return value is not null;
    }
}
