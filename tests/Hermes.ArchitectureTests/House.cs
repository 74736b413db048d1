using System.Reflection;
using System.Runtime.CompilerServices;
using Hermes.Domain.Shared;
using Hermes.Infrastructure;

namespace Hermes.ArchitectureTests;

/// <summary>What the guards look at.</summary>
public static class House
{
    public static readonly Assembly Domain = typeof(Money).Assembly;
    public static readonly Assembly Application = typeof(Application.AssemblyMark).Assembly;
    public static readonly Assembly Infrastructure = typeof(HermesServices).Assembly;
    public static readonly Assembly Web = typeof(Program).Assembly;
    public static readonly Assembly[] All = [Domain, Application, Infrastructure, Web];

    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Types that people wrote: compiler-made ones are reached through the type that holds them.</summary>
    public static IReadOnlyList<Type> TypesOf(params Assembly[] assemblies) =>
        [.. assemblies.SelectMany(a => a.GetTypes()).Where(t => !IsCompilerMade(t) && !IsGenerated(t))];

    /// <summary>The type in whose source a nested or compiler-made type lies.</summary>
    public static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    /// <summary>The capability whose code a type is (<c>Hermes.Application.Mesh.PlaceBid</c> → <c>Mesh</c>); null for none.</summary>
    public static string? CapabilityOf(Type type)
    {
        var parts = (Outermost(type).Namespace ?? "").Split('.');
        if (parts.Length < 3 || parts[0] != "Hermes")
            return null;
        var at = parts[1] == "Web" && parts[2] is "Pages" or "Api" ? 3 : 2;
        return at < parts.Length ? parts[at] : null;
    }

    /// <summary>True when other capabilities may use it.</summary>
    public static bool IsPublicPart(Type type) => (Outermost(type).Namespace ?? "").Split('.').Contains("Public");

    private static bool IsCompilerMade(Type type) =>
        type.Name.Contains('<', StringComparison.Ordinal) || type.IsDefined(typeof(CompilerGeneratedAttribute), false) ||
        (type.DeclaringType is { } outer && IsCompilerMade(outer));

    // Compiled Razor views and migrations.
    private static bool IsGenerated(Type type) =>
        (type.Namespace ?? "") is "AspNetCoreGeneratedDocument" || (type.Namespace ?? "").EndsWith(".Migrations", StringComparison.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Hermes.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
