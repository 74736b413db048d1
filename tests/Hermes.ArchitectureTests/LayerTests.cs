using System.Reflection;

namespace Hermes.ArchitectureTests;

/// <summary>Which way references point between the layers.</summary>
public sealed class LayerTests
{
    private static readonly string[] Library = ["System", "netstandard", "mscorlib"];

    [Fact]
    public void Domain_uses_the_base_class_library_only() => Outside(House.Domain, []).ShouldBeEmpty();

    [Fact]
    public void Application_uses_the_domain_and_its_few_libraries() =>
        Outside(House.Application, ["Hermes.Domain", "MediatR", "FluentValidation", "Microsoft.EntityFrameworkCore", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions"]).ShouldBeEmpty();

    [Fact]
    public void Infrastructure_does_not_know_the_web() => References(House.Infrastructure).ShouldNotContain("Hermes.Web");

    [Fact]
    public void No_use_case_knows_HTTP() => KnowsHttp(House.TypesOf(House.Domain, House.Application)).ShouldBeEmpty();

    [Fact]
    public void The_rules_find_what_is_wrong()
    {
        Outside(House.Infrastructure, []).ShouldContain("Npgsql");
        KnowsHttp([typeof(Fixtures.KnowsHttp)]).ShouldHaveSingleItem();
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(a => a.Name!);

    private static IEnumerable<string> Outside(Assembly assembly, string[] allowed) => References(assembly)
        .Where(name => !Library.Contains(name.Split('.')[0]) && !allowed.Contains(name));

    private static List<string> KnowsHttp(IReadOnlyList<Type> types) =>
        [.. types.Where(t => Uses.TypesOf(t).Any(u => u.Namespace?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true)).Select(t => t.FullName!)];
}
