using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Asks for a link that sets a new password.</summary>
[WorksWithoutTenant]
public sealed class ForgotModel(IWebHostEnvironment environment) : HermesPage
{
    /// <summary>What is typed.</summary>
    /// <param name="Email">The address.</param>
    public sealed record Fields([Required] string Email);

    /// <summary>What is typed.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("");

    /// <summary>True after asking, whether there is such an account or not.</summary>
    public bool Asked { get; private set; }

    /// <summary>True where mails are written to files and can be read.</summary>
    public bool ShowsMail => environment.IsDevelopment();

    /// <summary>Asks.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid)
            return Page();
        var result = await SendAsync(new RequestPasswordReset(Input.Email.Trim()));
        if (!result.Succeeded)
            return Refused(result.Error);
        Asked = true;
        return Page();
    }
}
