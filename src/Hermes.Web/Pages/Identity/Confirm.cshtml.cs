using Hermes.Application.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Confirms an address by the link in the mail. It takes a click, so that mail scanners that open links confirm nothing.</summary>
[WorksWithoutTenant]
public sealed class ConfirmModel : HermesPage
{
    /// <summary>Whose address.</summary>
    [BindProperty(SupportsGet = true, Name = "person")]
    public Guid Person { get; set; }

    /// <summary>The link's secret.</summary>
    [BindProperty(SupportsGet = true, Name = "secret")]
    public string? Secret { get; set; }

    /// <summary>Confirms.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var result = await SendAsync(new ConfirmEmail(new PersonId(Person), Secret ?? ""));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Say("Your address is confirmed. Sign in.");
        return Go("/sign-in");
    }
}
