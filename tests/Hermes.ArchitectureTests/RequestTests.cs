using System.Reflection;
using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using MediatR;

namespace Hermes.ArchitectureTests;

/// <summary>Every use case says who may use it, and has one file in which all of it lies.</summary>
public sealed class RequestTests
{
    private static readonly Type[] Requests = [.. House.TypesOf(House.Application, House.Infrastructure, House.Web).Where(IsRequest)];

    [Fact]
    public void Every_request_declares_its_access_once()
    {
        Requests.Length.ShouldBeGreaterThan(30);
        Undeclared(Requests).ShouldBeEmpty();
    }

    [Fact]
    public void Every_declared_permission_exists() => UnknownPermissions(Requests).ShouldBeEmpty();

    [Fact]
    public void Whoever_lets_anyone_in_says_why() => Requests
        .Select(r => (r.Name, r.GetCustomAttribute<AllowsAnyoneAttribute>()?.Why))
        .Where(r => r.Why is { Length: < 15 })
        .ShouldBeEmpty();

    [Fact]
    public void Every_request_has_exactly_one_handler()
    {
        var handlers = House.TypesOf(House.Application, House.Infrastructure).SelectMany(HandledBy).ToLookup(r => r);
        Requests.Where(r => handlers[r].Count() != 1).Select(r => $"{r.Name}: {handlers[r].Count()} handlers").ShouldBeEmpty();
    }

    [Fact]
    public void Every_request_is_a_command_or_a_query() => Requests
        .Where(r => !typeof(ICommand).IsAssignableFrom(r) && !r.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IQuery<>)))
        .Select(r => r.Name).ShouldBeEmpty();

    [Fact]
    public void One_file_per_use_case_holds_request_validator_and_handler() => NotInOneFile(Requests.Where(r => r.Assembly == House.Application)).ShouldBeEmpty();

    [Fact]
    public void Requests_are_named_by_what_they_do() => Requests
        .Where(r => r.Name.EndsWith("Command", StringComparison.Ordinal) || r.Name.EndsWith("Query", StringComparison.Ordinal) || r.Name.EndsWith("Request", StringComparison.Ordinal))
        .Select(r => r.Name).ShouldBeEmpty();

    [Fact]
    public void The_tenant_never_comes_with_the_request() => TenantsInBodies(Requests).ShouldBeEmpty();

    [Fact]
    public void The_rules_find_what_is_wrong()
    {
        Undeclared([typeof(Fixtures.DeclaresNothing), typeof(Fixtures.DeclaresTwice)]).Count.ShouldBe(2);
        UnknownPermissions([typeof(Fixtures.DeclaresUnknown)]).ShouldHaveSingleItem();
        NotInOneFile([typeof(Fixtures.DeclaresNothing)]).ShouldHaveSingleItem();
        TenantsInBodies([typeof(Fixtures.NamesItsTenant)]).ShouldHaveSingleItem();
    }

    private static bool IsRequest(Type type) => type is { IsAbstract: false, IsInterface: false } && typeof(IBaseRequest).IsAssignableFrom(type);

    private static List<string> Undeclared(IEnumerable<Type> requests) =>
        [.. requests.Where(r => r.GetCustomAttributes<AccessAttribute>().Count() != 1).Select(r => r.FullName!)];

    private static List<string> UnknownPermissions(IEnumerable<Type> requests)
    {
        var known = Permissions.ForPeople.Union(Permissions.ForAgents).ToHashSet();
        return [.. requests.Select(r => (r.Name, r.GetCustomAttribute<RequiresAttribute>()?.Permission))
            .Where(r => r.Permission is not null && !known.Contains(r.Permission)).Select(r => $"{r.Name}: {r.Permission}")];
    }

    private static IEnumerable<Type> HandledBy(Type type) => type.GetInterfaces()
        .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)).Select(i => i.GetGenericArguments()[0]);

    private static List<string> NotInOneFile(IEnumerable<Type> requests)
    {
        var parts = House.TypesOf(House.Application, House.Infrastructure);
        var wrong = new List<string>();
        foreach (var request in requests)
        {
            // Twins (the same answer for members and for visitors) share a handler and so a file, which one of them names.
            var twins = parts.Where(p => HandledBy(p).Contains(request)).SelectMany(HandledBy).Append(request);
            var files = twins.Select(t => Path.Combine(House.Root, "src", "Hermes.Application", House.CapabilityOf(t) ?? "", t.Name + ".cs"));
            if (files.FirstOrDefault(f => File.Exists(f) && File.ReadAllText(f).Contains($"record {request.Name}", StringComparison.Ordinal)) is not { } file)
            {
                wrong.Add($"{request.Name} is not in a file of its name in Hermes.Application/{House.CapabilityOf(request)}");
                continue;
            }

            var text = File.ReadAllText(file);
            foreach (var part in parts.Where(p => p.Assembly == House.Application && (HandledBy(p).Contains(request) || typeof(IValidator<>).MakeGenericType(request).IsAssignableFrom(p))))
                if (!text.Contains($"class {part.Name}", StringComparison.Ordinal))
                    wrong.Add($"{part.Name} is not in {Path.GetRelativePath(House.Root, file)}");
        }

        return wrong;
    }

    // Operators and system actors name tenants; everybody else has one.
    private static List<string> TenantsInBodies(IEnumerable<Type> requests) =>
    [
        .. requests
            .Where(r => r.GetCustomAttribute<RequiresAttribute>() is not null || r.GetCustomAttribute<RequiresAgentAttribute>() is not null)
            .Where(r => r.GetProperties().Any(p => (Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType) == typeof(Domain.Shared.TenantId)))
            .Select(r => r.FullName!),
    ];
}
