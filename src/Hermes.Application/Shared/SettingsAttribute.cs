namespace Hermes.Application.Shared;

/// <summary>
/// Marks a class whose settable properties are the keys of one configuration section. It is found by scanning, read and
/// checked once at start (data annotations and <see cref="IChecksItself"/>), and registered as a singleton of its own
/// type. Keys under <c>Hermes:</c> that no such class has stop the start.
/// </summary>
/// <param name="section">Path of the section: <c>Hermes:RateLimits</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SettingsAttribute(string section) : Attribute
{
    /// <summary>Path of the section.</summary>
    public string Section { get; } = section;
}

/// <summary>Settings with rules that annotations can't say.</summary>
public interface IChecksItself
{
    /// <summary>What is wrong: each a sentence's end after the section's name, without a full stop. Empty when usable.</summary>
    IEnumerable<string> Problems();
}
