using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Shared;
using Hermes.Infrastructure.Shared.Telemetry;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.HttpOverrides;

namespace Hermes.Web.Shared;

/// <summary>The web's services and the order of its middleware.</summary>
internal static class HermesWeb
{
    public static IServiceCollection AddHermesWeb(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureHttpJsonOptions(options => InputJson.Apply(options.SerializerOptions));
        // Bad input is always an exception, so that one place says what is wrong with it.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddExceptionHandler<ApiFailures>();
        services.AddScoped<RequestIdempotencyKey>();
        services.AddScoped<IIdempotencyKey>(sp => sp.GetRequiredService<RequestIdempotencyKey>());
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Extensions["request_id"] = context.HttpContext.TraceIdentifier;
            context.ProblemDetails.Extensions.TryAdd("code", context.ProblemDetails.Status switch
            {
                400 => "request.malformed",
                404 => "request.no_such_route",
                405 => "request.method_not_allowed",
                413 => "request.too_large",
                415 => "request.unsupported_media_type",
                500 => "request.failed",
                _ => $"http.{context.ProblemDetails.Status}",
            });
        });
        services.AddDataProtection();
        services.AddRazorPages().AddMvcOptions(options => options.Filters.Add<FormTextFilter>());
        services.AddAntiforgery();
        services.AddHttpContextAccessor();
        services.AddRouting(options => options.LowercaseUrls = true);
        foreach (var module in Implementations<IModule>())
            module.Register(services, configuration);
        return services;
    }

    public static void UseHermesWeb(this WebApplication app)
    {
        if (app.Services.GetRequiredService<InstallationSettings>().TrustedProxies is { Count: > 0 } proxies)
            app.UseForwardedHeaders(ForwardedBy(proxies));
        app.UseMiddleware<PageSecurityMiddleware>();
        app.UseWhen(PageRoutes.IsPage, pages => pages
            .UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/problem/500", CreateScopeForErrors = true })
            .UseStatusCodePagesWithReExecute("/problem/{0}", createScopeForStatusCodePages: true));
        app.UseWhen(context => !PageRoutes.IsPage(context), api => api.UseExceptionHandler().UseStatusCodePages());
        app.UseMiddleware<RequestIdMiddleware>();
        app.UseMiddleware<QueryTextMiddleware>();
        app.UseStaticFiles();
        app.UseRouting();
        app.UseWebSockets();
        app.UseAuthentication();
        app.UseMiddleware<ActorMiddleware>();
        // After whatever says who acts, before anything that reads the body.
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseMiddleware<QuotaMiddleware>();
        app.UseMiddleware<RefusalMiddleware>();
        app.UseMiddleware<IdempotencyKeyMiddleware>();
        app.UseOutputCache();
        app.MapRazorPages();
        var api = app.MapGroup("/api/v1").AddEndpointFilterFactory(QueryWords.Check);
        foreach (var endpoints in Implementations<IEndpoints>())
            endpoints.Map(api);
        foreach (var endpoints in Implementations<IRootEndpoints>())
            endpoints.Map(app);
    }

    private static ForwardedHeadersOptions ForwardedBy(IEnumerable<string> proxies)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All, ForwardLimit = null };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var proxy in proxies)
        {
            if (System.Net.IPNetwork.TryParse(proxy, out var network))
                options.KnownIPNetworks.Add(network);
            else
                options.KnownProxies.Add(System.Net.IPAddress.Parse(proxy));
        }
        return options;
    }

    private static IEnumerable<T> Implementations<T>() => typeof(HermesWeb).Assembly.GetTypes()
        .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(T).IsAssignableFrom(t))
        .OrderBy(t => t.FullName, StringComparer.Ordinal)
        .Select(t => (T)Activator.CreateInstance(t, nonPublic: true)!);
}

/// <summary>Answers every request with the id that its log lines, audit rows and problem details carry.</summary>
internal sealed class RequestIdMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = Guid.CreateVersion7().ToString("N");
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        context.Response.OnCompleted(static state =>
        {
            Telemetry.NameSpan((HttpContext)state);
            return Task.CompletedTask;
        }, context);
        return next(context);
    }
}
