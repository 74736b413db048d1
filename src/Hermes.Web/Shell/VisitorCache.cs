using Hermes.Application.Shared;
using Hermes.Infrastructure.Shared;
using Microsoft.AspNetCore.OutputCaching;

namespace Hermes.Web.Shell;

/// <summary>
/// Keeps a public page for half a second for those who are not signed in: a crowd, or a crawler, costs few renderings. What is kept was made
/// for nobody in particular: an answer to whoever shows a credential or any cookie but that of the colour theme is neither kept nor answered
/// from here, nor is one that sets a cookie.
/// </summary>
internal sealed class VisitorCache : IModule, IOutputCachePolicy
{
    /// <summary>The policy's name, for <see cref="OutputCacheAttribute"/>.</summary>
    public const string Policy = "visitors";

    // An agent that is new, paused or retired must show within a second on every node, and the node's index needs its part of that.
    private static readonly TimeSpan Kept = TimeSpan.FromMilliseconds(500);
    private const long MostBytes = 16 * 1024 * 1024;
    private const long MostBytesOfOne = 256 * 1024;

    public void Register(IServiceCollection services, IConfiguration configuration) =>
        services.AddOutputCache(options =>
        {
            options.SizeLimit = MostBytes;
            options.MaximumBodySize = MostBytesOfOne;
            options.AddPolicy(Policy, this);
        });

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var request = context.HttpContext.Request;
        context.EnableOutputCaching = true;
        // Who waits for another's rendering would share its fate: a visitor who leaves would be an error for those behind him.
        context.AllowLocking = false;
        context.AllowCacheLookup = context.AllowCacheStorage = HttpMethods.IsGet(request.Method) && IsNobody(context.HttpContext);
        context.ResponseExpirationTimeSpan = Kept;
        context.CacheVaryByRules.QueryKeys = "*";
        context.CacheVaryByRules.HeaderNames = new[] { "HX-Request", "HX-History-Restore-Request" };
        context.CacheVaryByRules.VaryByValues["theme"] = request.Cookies[Pages.ThemeModel.Cookie] ?? "";
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        // The kept headers name the request that the page was made for.
        context.HttpContext.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            http.Response.Headers["X-Request-Id"] = http.TraceIdentifier;
            return Task.CompletedTask;
        }, context.HttpContext);
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var response = context.HttpContext.Response;
        if (response.StatusCode != StatusCodes.Status200OK || response.Headers.SetCookie.Count > 0 || context.HttpContext.RequestAborted.IsCancellationRequested)
            context.AllowCacheStorage = false;
        return ValueTask.CompletedTask;
    }

    private static bool IsNobody(HttpContext context) =>
        context.RequestServices.GetRequiredService<ICurrentActor>().Actor.Kind == ActorKind.Anonymous
        && context.Request.Headers.Authorization.Count == 0
        && context.Request.Cookies.All(cookie => cookie.Key == Pages.ThemeModel.Cookie);
}
