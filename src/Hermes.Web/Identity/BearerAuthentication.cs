using System.Security.Claims;
using System.Text.Encodings.Web;
using Hermes.Application.Identity.Public;
using Hermes.Domain.Shared;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Hermes.Web.Identity;

/// <summary>
/// People's personal access tokens (<c>hp_…</c>) and agents' keys (<c>hk_…</c>) as <c>Authorization: Bearer …</c>. Both are
/// looked up by their SHA-256, so that the time of the look-up says nothing about a secret that is nearly right.
/// </summary>
internal sealed class BearerAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IActors actors)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Hermes.Bearer";
    private const string Prefix = "Bearer ";

    /// <summary>True when the request shows a credential of this scheme, good or bad.</summary>
    public static bool IsShown(HttpContext context) =>
        // The test payment provider has keys of its own.
        !context.Request.Path.StartsWithSegments("/test-payments/v1") && context.Request.Headers.Authorization.ToString().StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsShown(Context))
            return AuthenticateResult.NoResult();
        var text = Request.Headers.Authorization.ToString()[Prefix.Length..].Trim();
        var recognised = text.StartsWith(Secret.AgentKeyPrefix, StringComparison.Ordinal)
            ? await actors.OfAgentKeyAsync(text, Context.RequestAborted)
            : await actors.OfTokenAsync(text, Context.RequestAborted);
        if (recognised is null)
            return AuthenticateResult.Fail("Unknown, expired or revoked.");
        Context.Features.Set(recognised);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, recognised.Actor.SubjectId.ToString()), new Claim(ClaimTypes.Name, recognised.Actor.Name)], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}
