using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Pages;

/// <summary>
/// Remembers light or dark in a cookie of this browser. It takes no antiforgery token: there is nothing to gain by forging it, and a token
/// would give every visitor of every public page a cookie.
/// </summary>
[IgnoreAntiforgeryToken]
public sealed class ThemeModel(TimeProvider clock) : PageModel
{
    /// <summary>The cookie's name; its value is <c>light</c> or <c>dark</c>.</summary>
    internal const string Cookie = "hermes.theme";

    /// <summary>Nothing to see.</summary>
    public IActionResult OnGet() => LocalRedirect("~/");

    /// <summary>Sets or, for <c>auto</c>, forgets the choice and goes back.</summary>
    public IActionResult OnPost(string theme, string? returnUrl)
    {
        if (theme is "light" or "dark")
            Response.Cookies.Append(Cookie, theme, new CookieOptions
            {
                Expires = clock.GetUtcNow().AddYears(1),
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = Request.IsHttps,
                IsEssential = true,
            });
        else
            Response.Cookies.Delete(Cookie);
        return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "~/");
    }
}
