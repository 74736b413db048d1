using System.Globalization;
using System.Security.Claims;
using Hermes.Application.Identity;
using Hermes.Domain.Shared;
using Microsoft.AspNetCore.Authentication;

namespace Hermes.Web.Identity;

/// <summary>People's sessions: a cookie with the person, the security stamp and the chosen tenant, all of it protected.</summary>
internal static class Sessions
{
    public const string Scheme = "Identity.Application";
    public const string StampClaim = "stamp";
    public const string TenantClaim = "tenant";

    /// <summary>Begins a session.</summary>
    /// <param name="context">The request.</param>
    /// <param name="person">Who.</param>
    /// <param name="email">The address.</param>
    /// <param name="stamp">The account's security stamp: the session ends when it changes.</param>
    /// <param name="tenant">The tenant to work in; null for none.</param>
    /// <param name="remember">True for a cookie that outlives the browser.</param>
    public static Task BeginAsync(HttpContext context, PersonId person, string email, string stamp, TenantId? tenant, bool remember)
    {
        List<Claim> claims = [new(ClaimTypes.NameIdentifier, person.ToString()), new(ClaimTypes.Name, email), new(StampClaim, stamp)];
        if (tenant is { } chosen)
            claims.Add(new Claim(TenantClaim, chosen.ToString()));
        return context.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme)), new AuthenticationProperties { IsPersistent = remember });
    }

    /// <summary>Begins a session of somebody who just signed in.</summary>
    public static Task BeginAsync(HttpContext context, SignedIn signedIn, bool remember) =>
        BeginAsync(context, signedIn.Person, signedIn.Email, signedIn.Stamp, signedIn.Tenant?.Id, remember);

    /// <summary>Goes on with another stamp or tenant, as long-lived as before.</summary>
    public static async Task ContinueAsync(HttpContext context, string stamp, TenantId? tenant)
    {
        if (Of(context.User) is not { } session)
            return;
        var present = await context.AuthenticateAsync(Scheme);
        await BeginAsync(context, session.Person, session.Email, stamp, tenant, present.Properties?.IsPersistent == true);
    }

    /// <summary>Ends it.</summary>
    public static Task EndAsync(HttpContext context) => context.SignOutAsync(Scheme);

    /// <summary>What the session's cookie says; null when there is none.</summary>
    public static (PersonId Person, string Email, string Stamp, TenantId? Tenant)? Of(ClaimsPrincipal user)
    {
        if (user.Identity?.AuthenticationType != Scheme
            || !Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), CultureInfo.InvariantCulture, out var person)
            || user.FindFirstValue(StampClaim) is not { } stamp)
            return null;
        return (new PersonId(person), user.FindFirstValue(ClaimTypes.Name) ?? "", stamp,
            Guid.TryParse(user.FindFirstValue(TenantClaim), CultureInfo.InvariantCulture, out var tenant) ? new TenantId(tenant) : null);
    }
}
