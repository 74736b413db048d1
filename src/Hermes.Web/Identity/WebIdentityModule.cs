using Hermes.Infrastructure.Shared;
using Microsoft.AspNetCore.Authentication;

namespace Hermes.Web.Identity;

internal sealed class WebIdentityModule : IModule
{
    private const string ByCredential = "Hermes";
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromDays(14);

    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddAuthentication(ByCredential)
            .AddPolicyScheme(ByCredential, null, options => options.ForwardDefaultSelector =
                context => BearerAuthentication.IsShown(context) ? BearerAuthentication.SchemeName : Sessions.Scheme)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.SchemeName, null)
            .AddCookie(Sessions.Scheme);
        services.AddOptions<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>(Sessions.Scheme)
            .Configure<IWebHostEnvironment>((options, environment) =>
            {
                options.Cookie.Name = "hermes.session";
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.Cookie.SecurePolicy = SecureWhere(environment);
                options.Cookie.IsEssential = true;
                options.ExpireTimeSpan = SessionLifetime;
                options.SlidingExpiration = true;
                options.LoginPath = "/sign-in";
            });
        services.AddOptions<Microsoft.AspNetCore.Antiforgery.AntiforgeryOptions>().Configure(options =>
        {
            options.Cookie.Name = "hermes.antiforgery";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            // Always would answer 500 to every page over plain HTTP, the public ones too; without the session cookie this one is worth nothing.
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    private static CookieSecurePolicy SecureWhere(IWebHostEnvironment environment) =>
        environment.IsProduction() ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
}
