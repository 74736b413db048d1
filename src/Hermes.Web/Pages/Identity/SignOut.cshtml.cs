using Hermes.Application.Identity;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Ends the session.</summary>
[WorksWithoutTenant]
public sealed class SignOutModel : HermesPage
{
    /// <summary>Signs out, of this session or of all.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await SendAsync(new SignOut());
        await Sessions.EndAsync(HttpContext);
        return Go("/");
    }

    /// <summary>Ends every session of the person.</summary>
    public async Task<IActionResult> OnPostEverywhereAsync()
    {
        var result = await SendAsync(new SignOutEverywhere());
        if (!result.Succeeded)
            return Refused(result.Error);
        await Sessions.EndAsync(HttpContext);
        Say("You are signed out on every device.");
        return Go("/sign-in");
    }
}
