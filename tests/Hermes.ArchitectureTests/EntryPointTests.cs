using System.Reflection;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;

namespace Hermes.ArchitectureTests;

/// <summary>
/// Every way in, an API route or a page's handler, ends in a request, and a request declares who may send it. The few that
/// send none stand here with the reason.
/// </summary>
public sealed class EntryPointTests
{
    private static readonly Dictionary<string, string> WithoutRequest = new()
    {
        ["Shared.OperationsEndpoints.Metrics"] = "Guards itself by address or token and shows no tenant's data.",
        ["IndexModel.OnGet"] = "The landing page shows nothing but itself.",
        ["ProblemModel.OnGet"] = "An error page.",
        ["ProblemModel.OnPost"] = "An error page.",
        ["ThemeModel.OnGet"] = "Light or dark, a cookie of the browser's own.",
        ["ThemeModel.OnPost"] = "Light or dark, a cookie of the browser's own.",
        ["TestPayments.AuthenticateModel.OnGet"] = "An empty form; its post sends the request.",
        ["TestPayments.OnboardingModel.OnGet"] = "An empty form; its post sends the request.",
        ["TestPayments.InvoiceModel.OnGet"] = "An empty form; its post sends the request.",
        ["Receipts.IndexModel.OnGet"] = "An empty form; its post sends the request.",
        ["Agents.NewModel.OnGet"] = "An empty form; its post sends the request.",
        ["A2A.A2AServerEndpoints.RpcAsync"] = "The method stands in the body: A2AOperations sends its request.",
        ["A2A.A2AServerEndpoints.RestAsync"] = "The operation stands in the path: A2AOperations sends its request.",
        ["A2A.A2AServerEndpoints.CardAsync"] = "A2AServer sends FindCallableAgent.",
        ["A2A.A2AServerEndpoints.MeshCardAsync"] = "A2AServer sends FindCallableAgent.",
        ["Feeds.CatalogueFeedEndpoints.AiCatalogAsync"] = "CatalogueFeeds sends ListPublicAgents.",
        ["Feeds.CatalogueFeedEndpoints.ArdAsync"] = "CatalogueFeeds sends ListPublicAgents.",
        ["Feeds.CatalogueFeedEndpoints.ListAsync"] = "CatalogueFeeds sends ListPublicAgents.",
        ["Feeds.CatalogueFeedEndpoints.OneAsync"] = "CatalogueFeeds sends GetPublicAgent.",
        ["Feeds.CatalogueFeedEndpoints.SearchAsync"] = "CatalogueFeeds sends SearchPublicAgents.",
        ["Feeds.CatalogueFeedEndpoints.ExploreAsync"] = "Says that there is nothing to explore.",
        ["Feeds.CatalogueFeedEndpoints.Preflight"] = "Says what a page of another origin may do.",
        ["Live.AgentSocketEndpoints.ServeAsync"] = "A socket: proves the agent's key itself and hears what the audience of each event names.",
        ["Shared.OperationsEndpoints.WriteAsync"] = "Health: states only, for machines that have no credential.",
    };

    private static readonly Type[] Types = [.. House.TypesOf(House.Web)];
    private static readonly MethodInfo[] Routes = [.. Types.Where(IsEndpoints).SelectMany(HandlersOf)];
    private static readonly MethodInfo[] PageHandlers = [.. Types.Where(t => typeof(PageModel).IsAssignableFrom(t) && !t.IsAbstract).SelectMany(PageHandlersOf)];

    [Fact]
    public void Every_route_sends_a_request()
    {
        Routes.Length.ShouldBeGreaterThan(40);
        Silent(Routes).Where(name => !WithoutRequest.ContainsKey(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_page_handler_sends_a_request()
    {
        PageHandlers.Length.ShouldBeGreaterThan(25);
        Silent(PageHandlers).Where(name => !WithoutRequest.ContainsKey(name)).ShouldBeEmpty();
    }

    [Fact]
    public void The_exceptions_are_still_needed() =>
        WithoutRequest.Keys.Except(Silent([.. Routes, .. PageHandlers])).ShouldBeEmpty();

    [Fact]
    public void No_entry_point_reaches_past_the_use_cases() => ReachesThrough(Types.Where(t => IsEndpoints(t) || typeof(PageModel).IsAssignableFrom(t))).ShouldBeEmpty();

    [Fact]
    public void No_page_binds_an_entity() => BoundEntities(Types.Where(t => typeof(PageModel).IsAssignableFrom(t))).ShouldBeEmpty();

    [Fact]
    public void The_rules_find_what_is_wrong()
    {
        Silent(HandlersOf(typeof(Fixtures.SilentEndpoints))).Count.ShouldBe(1);
        HandlersOf(typeof(Fixtures.SilentEndpoints)).Count().ShouldBe(2);
        Silent(PageHandlersOf(typeof(Fixtures.SilentPage))).ShouldHaveSingleItem();
        ReachesThrough([typeof(Fixtures.SilentPage)]).ShouldHaveSingleItem();
        BoundEntities([typeof(Fixtures.SilentPage)]).ShouldHaveSingleItem();
    }

    private static bool IsEndpoints(Type type) =>
        type is { IsClass: true, IsAbstract: false } && (typeof(IEndpoints).IsAssignableFrom(type) || typeof(IRootEndpoints).IsAssignableFrom(type));

    // Whatever a mapping method hands to MapGet and its like: lambdas and methods of the same source type that don't map themselves.
    private static IEnumerable<MethodInfo> HandlersOf(Type endpoints)
    {
        var seen = new HashSet<MethodBase>();
        var open = new Stack<MethodBase>(endpoints.GetMethods().Where(m => m.Name == "Map"));
        while (open.TryPop(out var mapper))
        {
            foreach (var method in Uses.MembersOf(mapper).OfType<MethodInfo>())
            {
                if (House.Outermost(method.DeclaringType!) != House.Outermost(endpoints) || !seen.Add(method))
                    continue;
                if (method.GetParameters().Any(p => typeof(IEndpointRouteBuilder).IsAssignableFrom(p.ParameterType)))
                    open.Push(method);
                else if (!method.IsSpecialName && !IsAside(method))
                    yield return method;
            }
        }
    }

    // Filters stand before a handler, health predicates choose checks: neither answers.
    private static bool IsAside(MethodInfo method) => method.GetParameters().Any(p => p.ParameterType.Name is "EndpointFilterInvocationContext" or "HealthCheckRegistration");

    private static IEnumerable<MethodInfo> PageHandlersOf(Type page) => page
        .GetMethods(BindingFlags.Public | BindingFlags.Instance)
        .Where(m => m.DeclaringType!.Assembly == page.Assembly && (m.Name.StartsWith("OnGet", StringComparison.Ordinal) || m.Name.StartsWith("OnPost", StringComparison.Ordinal)));

    private static List<string> Silent(IEnumerable<MethodInfo> handlers) =>
        [.. handlers.Where(h => !SendsRequest(h)).Select(h => $"{House.Outermost(h.DeclaringType!).FullName!["Hermes.".Length..].Replace("Web.Pages.", "", StringComparison.Ordinal).Replace("Web.", "", StringComparison.Ordinal)}.{h.Name}")];

    private static bool SendsRequest(MethodInfo handler) =>
        handler.GetParameters().Any(p => typeof(IBaseRequest).IsAssignableFrom(p.ParameterType)) ||
        Uses.Reached(handler).Any(m => m is ConstructorInfo && typeof(IBaseRequest).IsAssignableFrom(m.DeclaringType));

    // Data goes through requests, so that permission, walls and audit can't be forgotten.
    private static List<string> ReachesThrough(IEnumerable<Type> types) =>
    [
        .. from type in types
           from used in Uses.TypesOf(type)
           where used.Namespace?.StartsWith("Npgsql", StringComparison.Ordinal) == true ||
                 used.Namespace?.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) == true ||
                 (used.IsInterface && used.Name.EndsWith("Db", StringComparison.Ordinal) && used.Assembly == House.Application)
           select $"{type.Name} uses {used.Name}",
    ];

    private static List<string> BoundEntities(IEnumerable<Type> pages) =>
    [
        .. from page in pages
           from property in page.GetProperties()
           where property.GetCustomAttributes().Any(a => a.GetType().Name is "BindPropertyAttribute")
           where property.PropertyType.Assembly == House.Domain && property.PropertyType.IsClass
           select $"{page.Name}.{property.Name}",
    ];
}
