using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

// Deliberately wrong code: each guard must find its own piece of it.
namespace Hermes.ArchitectureTests.Fixtures
{
    public sealed record DeclaresNothing : IRequest<Result<Done>>;

    [RequiresSignIn, RequiresOperator]
    public sealed record DeclaresTwice : IRequest<Result<Done>>;

    [Requires("contracts.steal")]
    public sealed record DeclaresUnknown : IRequest<Result<Done>>;

    [Requires("contracts.create")]
    public sealed record NamesItsTenant(TenantId TenantId) : IRequest<Result<Done>>;

    public sealed class KnowsHttp
    {
        public static string? Agent(object state) => ((HttpContext)state).Request.Headers.UserAgent;
    }

    public sealed class ReadsTheClock
    {
        public static async Task<bool> LateAsync(DateTimeOffset deadline)
        {
            await Task.Yield();
            return new[] { deadline }.Any(d => DateTimeOffset.UtcNow > d);
        }
    }

    public sealed class FloatPrice
    {
        public double? Price { get; init; }

        public static bool Covers(float amount) => amount > 0;
    }

    public class OpenEntity
    {
        public string Name { get; set; } = "";
    }

    public sealed class ContractManager;

    public sealed class SilentEndpoints : Hermes.Web.Shared.IEndpoints
    {
        public void Map(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder api)
        {
            api.MapGet("/silent", () => "all tenants' data");
            MapMore(api);
        }

        private static void MapMore(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder api) =>
            api.MapPost("/declared", async (IMediator mediator) =>
            {
                await Task.Yield();
                return await mediator.Send(new DeclaresTwice());
            });
    }

    public sealed class SilentPage(Hermes.Infrastructure.Persistence.HermesDbContext db) : Microsoft.AspNetCore.Mvc.RazorPages.PageModel
    {
        [Microsoft.AspNetCore.Mvc.BindProperty]
        public Hermes.Domain.Mesh.Contract? Contract { get; set; }

        public void OnGet() => ViewData["all"] = db.Find<Hermes.Domain.Mesh.Contract>(1);
    }

    public sealed class Blocks
    {
        public static int Now(Task<int> task) => task.Result;
    }
}

namespace Hermes.Domain.Fixture
{
    public sealed class UsesAnotherCapabilitysEntity
    {
        public Hermes.Domain.Mesh.Contract? Contract { get; init; }
    }

    public sealed class HidesTheUseInAnAsyncMethod
    {
        public static async Task<string> SayAsync(object thing)
        {
            await Task.Yield();
            return Enumerable.Repeat(thing, 1).OfType<Hermes.Domain.Mesh.Contract>().Any() ? "yes" : "no";
        }
    }
}
