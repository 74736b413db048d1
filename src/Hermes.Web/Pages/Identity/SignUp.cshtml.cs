using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Domain.Tenancy;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Makes an account with an organisation.</summary>
[WorksWithoutTenant]
public sealed class SignUpModel(IWebHostEnvironment environment) : HermesPage
{
    /// <summary>What is typed.</summary>
    /// <param name="Name">The person's name.</param>
    /// <param name="Email">The address.</param>
    /// <param name="Password">The password.</param>
    /// <param name="Organisation">The organisation's name.</param>
    /// <param name="Slug">Its name in addresses; empty to make one of the name.</param>
    public sealed record Fields([Required] string Name, [Required] string Email, [Required] string Password, [Required] string Organisation, string? Slug);

    /// <summary>What is typed.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", "", "", "", "");

    /// <summary>The address that the mail went to; null before.</summary>
    public string? SentTo { get; private set; }

    /// <summary>True where mails are written to files and can be read.</summary>
    public bool ShowsMail => environment.IsDevelopment();

    /// <summary>Makes the account.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid)
            return Page();
        var slug = string.IsNullOrWhiteSpace(Input.Slug) ? Slug.Suggest(Input.Organisation) : Input.Slug.Trim().ToLowerInvariant();
        var result = await SendAsync(new SignUp(Input.Email.Trim(), Input.Password, Input.Name, Input.Organisation, slug));
        if (!result.Succeeded)
            return Refused(result.Error);
        SentTo = Input.Email;
        return Page();
    }
}
