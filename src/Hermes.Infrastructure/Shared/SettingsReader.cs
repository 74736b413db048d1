using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Hermes.Application.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Shared;

/// <summary>Reads the classes marked <see cref="SettingsAttribute"/> from the configuration and refuses what is unusable.</summary>
public static class SettingsReader
{
    private const string Root = "Hermes";

    /// <summary>
    /// Registers every settings class of the assemblies as a singleton.
    /// </summary>
    /// <exception cref="StartRefusedException">A value is unusable or a key under <c>Hermes:</c> is unknown; all of them are named.</exception>
    public static IServiceCollection AddSettings(this IServiceCollection services, IConfiguration configuration, params Assembly[] assemblies)
    {
        var types = TypesOf(assemblies);
        var problems = new List<string>();
        foreach (var type in types)
            services.AddSingleton(type, Read(type, configuration, problems));
        problems.AddRange(UnknownKeys(configuration, types));
        return problems.Count == 0 ? services : throw Refusal(problems);
    }

    /// <summary>One settings class before there is a host.</summary>
    /// <exception cref="StartRefusedException">A value is unusable.</exception>
    public static T Read<T>(IConfiguration configuration) where T : class, new()
    {
        var problems = new List<string>();
        var settings = (T)Read(typeof(T), configuration, problems);
        return problems.Count == 0 ? settings : throw Refusal(problems);
    }

    /// <summary>The settings classes of the assemblies.</summary>
    public static IReadOnlyList<Type> TypesOf(params Assembly[] assemblies) =>
        [.. assemblies.SelectMany(a => a.GetTypes()).Where(t => t.IsDefined(typeof(SettingsAttribute), false)).OrderBy(t => t.FullName, StringComparer.Ordinal)];

    /// <summary>Every key of the settings classes with its property: <c>Hermes:RateLimits:PersonPerMinute</c>.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> KeysOf(IEnumerable<Type> types) => types
        .SelectMany(type => Properties(type).Select(property => (Key: $"{SectionOf(type)}:{property.Name}", property)))
        .ToDictionary(pair => pair.Key, pair => pair.property, StringComparer.OrdinalIgnoreCase);

    private static object Read(Type type, IConfiguration configuration, List<string> problems)
    {
        var section = configuration.GetSection(SectionOf(type));
        var settings = Activator.CreateInstance(type)!;
        foreach (var property in Properties(type))
        {
            var value = section.GetSection(property.Name);
            if (!value.Exists())
                continue;
            try
            {
                // An empty string is how environment variables and overriding files take a value back; null leaves the default.
                // Arguments that a host makes of another's configuration name a list itself, too, as empty, next to its entries.
                var entries = property.PropertyType == typeof(IReadOnlyList<string>) ? value.GetChildren().Select(c => c.Value).OfType<string>().ToArray() : [];
                var bound = entries.Length > 0 ? entries
                    : value.Value is { Length: 0 } && property.PropertyType != typeof(string) ? null
                    : value.Get(property.PropertyType);
                if (bound is "" && MayBeNull(property))
                    bound = null;
                if (bound is not null || MayBeNull(property))
                    property.SetValue(settings, bound);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException)
            {
                problems.Add($"{SectionOf(type)}:{property.Name} is '{value.Value}', which is not {Kind(property.PropertyType)}");
            }
        }

        var found = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), found, validateAllProperties: true);
        foreach (var failure in found)
        {
            var name = failure.MemberNames.FirstOrDefault() ?? "";
            problems.Add($"{SectionOf(type)}:{name} {Sentence(type.GetProperty(name), failure)}");
        }

        if (settings is IChecksItself self)
            problems.AddRange(self.Problems().Select(problem => $"{SectionOf(type)}:{problem}"));
        return settings;
    }

    private static IEnumerable<string> UnknownKeys(IConfiguration configuration, IReadOnlyList<Type> types)
    {
        var known = KeysOf(types);
        var sections = types.Select(SectionOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Walk(configuration.GetSection(Root));

        IEnumerable<string> Walk(IConfigurationSection section) => section.GetChildren().SelectMany(child =>
        {
            if (known.ContainsKey(child.Path))
                return [];
            if (sections.Contains(child.Path) || sections.Any(s => s.StartsWith(child.Path + ":", StringComparison.OrdinalIgnoreCase)))
                return Walk(child);
            return (IEnumerable<string>)[$"{child.Path} is not a setting of Hermes{Nearest(child.Path, known.Keys)}"];
        });
    }

    private static string Nearest(string wrong, IEnumerable<string> known)
    {
        var nearest = known.MinBy(key => Distance(wrong.ToUpperInvariant(), key.ToUpperInvariant()));
        return nearest is not null && Distance(wrong.ToUpperInvariant(), nearest.ToUpperInvariant()) <= 3 ? $" (did you mean {nearest}?)" : "";
    }

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }

    private static string Sentence(PropertyInfo? property, ValidationResult failure)
    {
        if (property is null)
            return failure.ErrorMessage ?? "is not usable";
        foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>())
        {
            switch (attribute)
            {
                case RangeAttribute range when failure.ErrorMessage == range.FormatErrorMessage(property.Name):
                    return $"must be from {range.Minimum} to {range.Maximum}";
                case RequiredAttribute required when failure.ErrorMessage == required.FormatErrorMessage(property.Name):
                    return "must be given";
                case MinLengthAttribute length when failure.ErrorMessage == length.FormatErrorMessage(property.Name):
                    return $"must have at least {length.Length} characters";
            }
        }

        return failure.ErrorMessage ?? "is not usable";
    }

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(int) || t == typeof(long) => "a whole number",
        var t when t == typeof(double) || t == typeof(decimal) => "a number",
        var t when t == typeof(TimeSpan) => "a time span such as 00:00:30",
        var t when t == typeof(Uri) => "an address",
        var t when t.IsEnum => "one of " + string.Join(", ", Enum.GetNames(t)),
        var t when typeof(IEnumerable).IsAssignableFrom(t) && t != typeof(string) => "a list",
        var t => "a " + t.Name,
    };

    private static bool MayBeNull(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null ||
        new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true });

    private static string SectionOf(Type type) => type.GetCustomAttribute<SettingsAttribute>()!.Section;

    private static StartRefusedException Refusal(List<string> problems) =>
        new($"The configuration can't be used: {string.Join("; ", problems)}.");
}
