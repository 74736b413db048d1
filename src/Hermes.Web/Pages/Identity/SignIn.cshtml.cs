using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Application.Identity.Public;
using Hermes.Domain.Identity;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Signs in with e-mail address and password.</summary>
[WorksWithoutTenant]
public sealed class SignInModel(IEnumerable<IDemoSignIns> demo, IWebHostEnvironment environment) : HermesPage
{
    /// <summary>What is typed.</summary>
    /// <param name="Email">The address.</param>
    /// <param name="Password">The password.</param>
    /// <param name="Remember">For a session that outlives the browser.</param>
    public sealed record Fields([Required] string Email, [Required] string Password, bool Remember);

    /// <summary>What is typed.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", "", false);

    /// <summary>Where to go then; a path of this site, everything else is ignored.</summary>
    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    /// <summary>People to try Hermes as; empty outside a demo.</summary>
    public IReadOnlyList<DemoSignIn> Demo => environment.IsDevelopment() ? [.. demo.SelectMany(d => d.People)] : [];

    /// <summary>True where mails are written to files and can be read.</summary>
    public bool ShowsMail => environment.IsDevelopment();

    /// <summary>Signs in.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid)
            return Page();
        var result = await SendAsync(new SignIn(Input.Email, Input.Password));
        if (!result.Succeeded)
        {
            // Not Refused(): that would send who fails to sign in to the sign-in page.
            Explain(result.Error);
            Response.StatusCode = result.Error == IdentityErrors.SignInFailed ? StatusCodes.Status401Unauthorized : StatusCodes.Status422UnprocessableEntity;
            return Page();
        }
        await Sessions.BeginAsync(HttpContext, result.Value, Input.Remember);
        if (result.Value.Tenant is not { IsActive: true })
            return Go("/organisations");
        return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl! : "~/contracts");
    }
}
