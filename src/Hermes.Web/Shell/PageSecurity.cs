namespace Hermes.Web.Shell;

/// <summary>
/// Headers of every answer: pages run no inline script or style, load nothing from elsewhere and can't be framed. A route
/// that needs another policy (the API's try-it page) sets its own header, which stays.
/// </summary>
internal sealed class PageSecurityMiddleware(RequestDelegate next)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            var headers = response.Headers;
            headers.TryAdd("X-Content-Type-Options", "nosniff");
            headers.TryAdd("Referrer-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
            if (response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
            {
                headers.TryAdd("Content-Security-Policy", Policy);
                headers.TryAdd("X-Frame-Options", "DENY");
                headers.TryAdd("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
                headers.TryAdd("Cache-Control", "no-store");
            }
            else
            {
                headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
            }
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}

/// <summary>Where pages and the API part ways.</summary>
internal static class PageRoutes
{
    /// <summary>True for what people look at: not the API, sockets, health and well-known documents.</summary>
    public static bool IsPage(HttpContext context)
    {
        var path = context.Request.Path;
        return !path.StartsWithSegments("/api") && !path.StartsWithSegments("/a2a") && !path.StartsWithSegments("/ard") && path != "/search" && !path.StartsWithSegments("/.well-known") && !path.StartsWithSegments("/health")
            && !path.StartsWithSegments("/metrics") && !path.StartsWithSegments("/openapi") && !path.StartsWithSegments("/live");
    }
}
