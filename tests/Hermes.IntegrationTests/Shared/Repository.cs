namespace Hermes.IntegrationTests.Shared;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of <c>Hermes.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary><c>Debug</c> or <c>Release</c>, as the tests were built.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>A file or folder below the root.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Hermes.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
