using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Web.Shared;

internal static class OwnOrganisation
{
    /// <summary>
    /// Another organisation than the caller's, named by the route's first value, does not exist. Whoever has no organisation
    /// hears from the request why it is refused.
    /// </summary>
    public static RouteGroupBuilder OfOwnOrganisation(this RouteGroupBuilder group, Error notFound) => group.AddEndpointFilter((context, next) =>
        context.HttpContext.RequestServices.GetRequiredService<ICurrentActor>().Actor.Tenant is { } own && own.Value != context.GetArgument<Guid>(0)
            ? ValueTask.FromResult<object?>(ResultHttp.Problem(notFound))
            : next(context));
}
