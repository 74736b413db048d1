using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Sets a new password by the link in the mail.</summary>
[WorksWithoutTenant]
public sealed class ResetModel : HermesPage
{
    /// <summary>What is typed.</summary>
    /// <param name="Password">The new password.</param>
    public sealed record Fields([Required] string Password);

    /// <summary>What is typed.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("");

    /// <summary>Whose password.</summary>
    [BindProperty(SupportsGet = true, Name = "person")]
    public Guid Person { get; set; }

    /// <summary>The link's secret.</summary>
    [BindProperty(SupportsGet = true, Name = "secret")]
    public string? Secret { get; set; }

    /// <summary>Sets it.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid)
            return Page();
        var result = await SendAsync(new ResetPassword(new PersonId(Person), Secret ?? "", Input.Password));
        if (!result.Succeeded)
            return Refused(result.Error);
        Say("Your password is changed. Sign in with the new one.");
        return Go("/sign-in");
    }
}
