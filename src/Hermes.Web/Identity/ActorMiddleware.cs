using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared;
using Hermes.Web.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Antiforgery;

namespace Hermes.Web.Identity;

/// <summary>
/// Turns what authentication found, and the address the request came to, into the scope's actor. Runs before anything that
/// opens the database as the actor.
/// </summary>
internal sealed class ActorMiddleware(RequestDelegate next, IActors actors, ITenants tenants, InstallationSettings settings)
{
    /// <summary>A header that no form of another site can send; it, or an antiforgery token, is needed to change something in the API by a session.</summary>
    public const string RequestHeader = "X-Hermes-Request";

    private static readonly Error NoSuchHost = Error.NotFound("tenancy.no_such_address", "There is no organisation at this address.");
    private static readonly Error OtherHost = Error.Forbidden("tenancy.other_address", "This credential belongs to another organisation than this address.");
    private static readonly Error NeedsHeader = Error.Forbidden("access.antiforgery",
        $"With a session cookie, send the header '{RequestHeader}: 1' or an antiforgery token with requests that change something.");

    public async Task InvokeAsync(HttpContext context, ActorScope scope, IAntiforgery antiforgery)
    {
        var (known, hostTenant) = await TenantOfHostAsync(context);
        Error? refusal = known ? null : NoSuchHost;
        var isApi = context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || context.Request.Path.StartsWithSegments("/a2a", StringComparison.OrdinalIgnoreCase);
        var recognised = context.Features.Get<Recognised>();
        if (BearerAuthentication.IsShown(context))
        {
            refusal ??= recognised is null ? AccessErrors.SignInNeeded : recognised.Refusal;
            if (hostTenant is not null && recognised?.Actor.Tenant != hostTenant)
                refusal ??= OtherHost;
        }
        else if (Sessions.Of(context.User) is { } session)
        {
            recognised = await actors.OfSessionAsync(session.Person, session.Stamp, hostTenant ?? session.Tenant, context.RequestAborted);
            if (recognised is null)
                await Sessions.EndAsync(context);
            else if (isApi)
                refusal ??= recognised.Refusal ?? (await IsForgeableAsync(context, antiforgery) ? NeedsHeader : null);
        }
        if (refusal is not null)
        {
            // Answered after the rate limit: guessing credentials is limited like any other anonymous request.
            recognised = null;
            context.Features.Set(new RefusedCredential(refusal));
        }
        scope.Become(recognised?.Actor ?? Actor.Anonymous, context.TraceIdentifier, context.Connection.RemoteIpAddress?.ToString());
        if (!isApi && recognised is { Actor: { Kind: ActorKind.Person, Tenant: null } } && NeedsTenant(context))
        {
            // Nothing to see without an organisation: the page where one is chosen says why.
            context.Response.Redirect($"{context.Request.PathBase}/organisations");
            return;
        }
        await next(context);
    }

    private async Task<(bool Known, TenantId? Tenant)> TenantOfHostAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (settings.ApexDomain is not { } apex || !host.EndsWith("." + apex, StringComparison.OrdinalIgnoreCase))
            return (true, null);
        var slug = host[..^(apex.Length + 1)].ToLowerInvariant();
        if (slug == "www")
            return (true, null);
        return await tenants.FindBySlugAsync(slug, context.RequestAborted) is { } tenant && tenant.Id != TenantId.Platform
            ? (true, tenant.Id)
            : (false, null);
    }

    private static bool NeedsTenant(HttpContext context)
    {
        var path = context.Request.Path;
        return PageRoutes.IsPage(context) && context.GetEndpoint()?.Metadata.GetMetadata<WorksWithoutTenantAttribute>() is null
            && path != "/" && !path.StartsWithSegments("/marketplace") && !path.StartsWithSegments("/leaderboard") && !path.StartsWithSegments("/receipts")
            && !path.StartsWithSegments("/developers") && !path.StartsWithSegments("/problem") && !path.StartsWithSegments("/theme")
            && context.GetEndpoint() is not null;
    }

    private static async Task<bool> IsForgeableAsync(HttpContext context, IAntiforgery antiforgery) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !HttpMethods.IsOptions(context.Request.Method)
        && !context.Request.Headers.ContainsKey(RequestHeader) && !await antiforgery.IsRequestValidAsync(context);
}

/// <summary>Why the request's credential, or the address it came to, is refused.</summary>
internal sealed record RefusedCredential(Error Error);

/// <summary>Answers what <see cref="ActorMiddleware"/> refused.</summary>
internal sealed class RefusalMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<RefusedCredential>() is not { Error: var error })
            return next(context);
        if (PageRoutes.IsPage(context) && error.Kind == ErrorKind.NotFound)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        if (error.Kind == ErrorKind.Unauthenticated)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return ResultHttp.Problem(error).ExecuteAsync(context);
    }
}

/// <summary>A page that people see before they have chosen an organisation, or when theirs is suspended.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WorksWithoutTenantAttribute : Attribute;
