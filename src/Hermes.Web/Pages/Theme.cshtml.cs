using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Pages;

/// <summary>Remembers light or dark in a cookie of this browser.</summary>
public sealed class ThemeModel(TimeProvider clock) : PageModel
{
    /// <summary>Nothing to see.</summary>
    public IActionResult OnGet() => LocalRedirect("~/");

    /// <summary>Sets or, for <c>auto</c>, forgets the choice and goes back.</summary>
    public IActionResult OnPost(string theme, string? returnUrl)
    {
        if (theme is "light" or "dark")
            Response.Cookies.Append("hermes.theme", theme, new CookieOptions
            {
                Expires = clock.GetUtcNow().AddYears(1),
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = Request.IsHttps,
                IsEssential = true,
            });
        else
            Response.Cookies.Delete("hermes.theme");
        return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "~/");
    }
}
