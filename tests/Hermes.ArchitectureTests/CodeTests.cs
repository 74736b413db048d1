using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Hermes.Domain.Shared;

namespace Hermes.ArchitectureTests;

/// <summary>What no line of the product may do.</summary>
public sealed partial class CodeTests
{
    private static readonly Type[] Types = [.. House.TypesOf(House.All).Where(t => t.DeclaringType is null)];

    [Fact]
    public void Enough_is_looked_at() => Types.Length.ShouldBeGreaterThan(250);

    [Fact]
    public void The_time_comes_from_TimeProvider() => ReadsTheClock(Types).ShouldBeEmpty();

    [Fact]
    public void Money_is_never_a_float() => FloatMoney(Types).ShouldBeEmpty();

    [Fact]
    public void Entities_keep_their_state_to_themselves()
    {
        var entities = Types.Where(t => t.Assembly == House.Domain && typeof(IVersioned).IsAssignableFrom(t) && t.IsClass).ToList();
        entities.Count.ShouldBeGreaterThan(3);
        OpenEntities(entities).ShouldBeEmpty();
    }

    [Fact]
    public void No_type_has_a_name_that_says_nothing() => EmptyNames(Types).ShouldBeEmpty();

    [Fact]
    public void Nothing_waits_for_a_task_by_blocking() => Blocks(Types).ShouldBeEmpty();

    [Fact]
    public void Every_public_member_of_the_product_must_be_documented()
    {
        var props = XDocument.Load(Path.Combine(House.Root, "Directory.Build.props"));
        props.Descendants("GenerateDocumentationFile").Single().Value.ShouldBe("true");
        props.Descendants("TreatWarningsAsErrors").Single().Value.ShouldBe("true");
        var projects = Directory.GetFiles(Path.Combine(House.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        projects.Length.ShouldBe(4);
        foreach (var project in projects)
        {
            var text = File.ReadAllText(project);
            foreach (var way in new[] { "NoWarn", "WarningsNotAsErrors", "GenerateDocumentationFile", "TreatWarningsAsErrors" })
                text.ShouldNotContain(way, Case.Sensitive, project);
        }

        File.ReadAllText(Path.Combine(House.Root, ".editorconfig")).ShouldNotMatch(@"\[src/(?!Hermes\.Infrastructure/Persistence/Migrations)[^\]]*\][^\[]*CS1591");
    }

    [Fact]
    public void No_source_file_silences_the_compiler_without_a_reason_or_promises_work_for_later()
    {
        var files = Directory.GetFiles(Path.Combine(House.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/Migrations/", StringComparison.Ordinal)).ToList();
        files.Count.ShouldBeGreaterThan(150);
        Unfinished(files.Select(f => (Path.GetRelativePath(House.Root, f), File.ReadAllText(f)))).ShouldBeEmpty();
    }

    [Fact]
    public void Every_capability_tells_what_it_is_in_half_a_page()
    {
        var capabilities = Directory.GetDirectories(Path.Combine(House.Root, "src", "Hermes.Application")).Select(Path.GetFileName)
            .Where(n => n is not ("Shared" or "bin" or "obj")).ToList();
        capabilities.Count.ShouldBeGreaterThan(5);
        capabilities.Where(c => !File.Exists(Path.Combine(House.Root, "src", "Hermes.Application", c!, "README.md"))).ShouldBeEmpty();
    }

    [Fact]
    public void The_rules_find_what_is_wrong()
    {
        ReadsTheClock([typeof(Fixtures.ReadsTheClock)]).ShouldHaveSingleItem();
        FloatMoney([typeof(Fixtures.FloatPrice)]).Count.ShouldBe(2);
        OpenEntities([typeof(Fixtures.OpenEntity)]).Count.ShouldBe(3);
        EmptyNames([typeof(Fixtures.ContractManager)]).ShouldHaveSingleItem();
        Blocks([typeof(Fixtures.Blocks)]).ShouldHaveSingleItem();
        Unfinished([("a.cs", "// TO" + "DO: later"), ("b.cs", "#pragma warning dis" + "able CS1591"), ("c.cs", "return 1;")]).Count.ShouldBe(2);
    }

    private static List<string> ReadsTheClock(IEnumerable<Type> types) =>
    [
        .. types.Where(t => Uses.MembersOf(t).Any(m =>
            m.DeclaringType is { } d && (d == typeof(DateTime) || d == typeof(DateTimeOffset)) && m.Name is "get_Now" or "get_UtcNow" or "get_Today"))
            .Select(t => t.FullName!),
    ];

    private static List<string> FloatMoney(IEnumerable<Type> types) =>
    [
        .. from type in types
           from part in type.GetProperties().Select(p => (p.Name, Type: p.PropertyType))
               .Concat(type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                   .SelectMany(m => m.GetParameters()).Select(p => (Name: p.Name ?? "", Type: p.ParameterType)))
           let plain = Nullable.GetUnderlyingType(part.Type) ?? part.Type
           where (plain == typeof(double) || plain == typeof(float)) && MoneyName().IsMatch(part.Name)
           select $"{type.FullName}.{part.Name}",
    ];

    private static List<string> OpenEntities(IEnumerable<Type> entities)
    {
        var wrong = new List<string>();
        foreach (var entity in entities)
        {
            if (!entity.IsSealed)
                wrong.Add($"{entity.Name} is not sealed");
            if (entity.GetConstructors().Length > 0)
                wrong.Add($"{entity.Name} has a public constructor");
            wrong.AddRange(entity.GetProperties().Where(p => p.SetMethod is { IsPublic: true }).Select(p => $"{entity.Name}.{p.Name} can be set by anyone"));
        }

        return wrong;
    }

    private static List<string> EmptyNames(IEnumerable<Type> types) =>
        [.. types.Where(t => EmptyName().IsMatch(t.Name) && !typeof(Microsoft.AspNetCore.Razor.TagHelpers.ITagHelper).IsAssignableFrom(t)).Select(t => t.FullName!)];

    private static List<string> Blocks(IEnumerable<Type> types) =>
    [
        .. types.Where(t => Uses.MembersOf(t).Any(m =>
            (typeof(Task).IsAssignableFrom(m.DeclaringType) && m.Name is "Wait" or "get_Result" && m.DeclaringType != typeof(object)) &&
            typeof(Task).IsAssignableFrom(m.DeclaringType))).Select(t => t.FullName!),
    ];

    private static List<string> Unfinished(IEnumerable<(string Name, string Text)> files) =>
        [.. files.Where(f => Promise().IsMatch(f.Text)).Select(f => f.Name)];

    [GeneratedRegex("price|amount|reward|balance|fee|cost|credit|payout|budget|earning|money", RegexOptions.IgnoreCase)]
    private static partial Regex MoneyName();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utilities|Common|Impl|V2)$|^Base|Base$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException|#pragma warning disable [^/\n]*$|SuppressMessage\(", RegexOptions.Multiline)]
    private static partial Regex Promise();
}
