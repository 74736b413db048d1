using System.Text.RegularExpressions;

namespace Hermes.ArchitectureTests;

/// <summary>What the documentation names is there: error codes, events, permissions and tables in the source, the tests that docs/a2a.md calls as witnesses, and the agent that the README shows.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] SourceFiles = ["*.cs", "*.cshtml", "*.sql", "*.js", "*.css", "*.csproj"];
    private static readonly string[] Objects = ["metadata", "params", "errors", "subscribe"];
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["ol.timeline"] = "An element with its class.",
        ["credits.sign_up"] = "Put together from the kind of the grant.",
    };

    private static readonly Lazy<string> Source = new(() => Read(SourceFiles, "src", "samples", "tests/a2a-js"));
    private static readonly Lazy<(Dictionary<string, string> Methods, string Text)> Tests = new(() =>
    {
        var methods = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in FilesOf(["*.cs"], "tests/Hermes.IntegrationTests"))
        {
            var text = File.ReadAllText(file);
            methods[Path.GetFileNameWithoutExtension(file)] = string.Join(' ', TestMethod().Matches(text).Select(m => m.Groups[1].Value));
        }
        return (methods, Read(["*.js", "ServerTests.cs"], "tests/a2a-js", "tests/Hermes.IntegrationTests/A2A"));
    });

    [GeneratedRegex("`([a-z_]+(?:\\.[a-z_]+)+)`")]
    private static partial Regex DottedName();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex("\\b(?:Task|void) ([A-Z]\\w+)\\(")]
    private static partial Regex TestMethod();

    [Fact]
    public void What_the_documentation_names_is_in_the_source()
    {
        var named = 0;
        var missing = new List<string>();
        foreach (var file in FilesOf(["*.md"], "docs", "src").Append(Path.Combine(House.Root, "README.md")))
        {
            var text = File.ReadAllText(file);
            named += DottedName().Count(text);
            missing.AddRange(Unknown(text).Select(name => $"{Path.GetRelativePath(House.Root, file)}: {name}"));
        }
        named.ShouldBeGreaterThan(60);
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void The_agent_that_the_README_shows_is_the_sample_that_is_built() =>
        CSharp().Matches(File.ReadAllText(Path.Combine(House.Root, "README.md"))).Select(m => m.Groups[1].Value)
            .ShouldBe([File.ReadAllText(Path.Combine(House.Root, "samples", "Hermes.Shouter", "Program.cs"))]);

    [Fact]
    public void The_witnesses_of_the_protocol_exist()
    {
        var text = File.ReadAllText(Path.Combine(House.Root, "docs", "a2a.md"));
        Rows(text).Count.ShouldBeGreaterThan(35);
        Unproved(text).ShouldBeEmpty();
    }

    [Fact]
    public void A_name_that_nobody_has_and_a_test_that_is_not_there_are_found()
    {
        Unknown("A code `mesh.no_such_code`, one that is: `mesh.window_closed`, and a file: `performance.md`.").ShouldBe(["mesh.no_such_code"]);
        Unproved("""
            | MUST | shown by |
            |---|---|
            | One | `ServerTests.Errors_are_exactly_the_protocols`, SDK (`stream`) |
            | Two | `ServerTests.Errors_are_what_they_like` |
            | Three | |
            | Four | `NoSuchTests`, SDK (`no_such_step`) |
            """).ShouldBe(["Two: ServerTests.Errors_are_what_they_like", "Three: nothing", "Four: NoSuchTests", "Four: no_such_step"]);
    }

    private static List<string> Unknown(string text) =>
        [.. DottedName().Matches(text).Select(m => m.Groups[1].Value).Distinct().Except(Elsewhere.Keys).Where(name => !IsFile(name) && !Source.Value.Contains(name, StringComparison.Ordinal) && !IsPath(name))];

    // A member of JSON is written by its path and is in the source by its last part.
    private static bool IsPath(string name) => name.Split('.') is [var first, .. var rest] && Objects.Contains(first) && Source.Value.Contains(rest[^1], StringComparison.Ordinal);

    private static bool IsFile(string name) => name.EndsWith(".md", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>Rows of the tables whose last column says what shows it.</summary>
    private static List<(string Case, string By)> Rows(string text)
    {
        var (rows, inside) = (new List<(string, string)>(), false);
        foreach (var line in text.Split('\n'))
        {
            var cells = line.Trim().Trim('|').Split('|');
            inside = line.StartsWith('|') && (inside || cells[^1].Trim() == "shown by");
            if (inside && cells[^1].Trim() is var by && by != "shown by" && !by.StartsWith("---", StringComparison.Ordinal))
                rows.Add((cells[0].Trim(), by));
        }
        return rows;
    }

    private static List<string> Unproved(string text) =>
    [
        .. Rows(text).SelectMany(row => row.By.Length == 0
            ? [$"{row.Case}: nothing"]
            : Quoted().Matches(row.By).Select(m => m.Groups[1].Value).Where(name => !Exists(name)).Select(name => $"{row.Case}: {name}")),
    ];

    private static bool Exists(string name)
    {
        var (methods, script) = Tests.Value;
        // A step that the SDK's own client takes.
        if (char.IsLower(name[0]))
            return script.Contains(name.Split('.')[^1], StringComparison.Ordinal);
        var (type, method) = name.Split('/')[^1].Split('.') is [var t, var m] ? (t, m) : ("", name.Split('/')[^1]);
        var known = methods.Where(c => type.Length == 0 || c.Key == type).SelectMany(c => c.Value.Split(' ')).ToList();
        return method.EndsWith('…')
            ? known.Exists(k => k.StartsWith(method[..^1], StringComparison.Ordinal))
            : known.Contains(method) || methods.ContainsKey(method);
    }

    private static string Read(string[] patterns, params string[] folders) => string.Join('\n', FilesOf(patterns, folders).Select(File.ReadAllText));

    private static IEnumerable<string> FilesOf(string[] patterns, params string[] folders) =>
        from folder in folders
        from pattern in patterns
        from file in Directory.EnumerateFiles(Path.Combine(House.Root, folder), pattern, SearchOption.AllDirectories)
        let parts = Path.GetRelativePath(House.Root, file).Split(Path.DirectorySeparatorChar)
        where !parts.Contains("bin") && !parts.Contains("obj") && !parts.Contains("node_modules") && !parts.Contains("Migrations")
        select file;
}
