using Hermes.Application.Identity;
using Hermes.Domain.Identity;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>Accepts an invitation, with a new account or the signed-in one.</summary>
[WorksWithoutTenant]
public sealed class InvitationModel : HermesPage
{
    /// <summary>What a new person types.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="Password">The password.</param>
    public sealed record Fields(string? Name, string? Password);

    /// <summary>What a new person types.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new(null, null);

    /// <summary>The link's secret.</summary>
    [BindProperty(SupportsGet = true, Name = "secret")]
    public string? Secret { get; set; }

    /// <summary>What is offered; null when the link is over.</summary>
    public Offer? Offer { get; private set; }

    /// <summary>Shows what is offered.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var offer = await SendAsync(new GetInvitation(Secret ?? ""));
        if (!offer.Succeeded)
        {
            Explain(offer.Error, "");
            return Page();
        }
        Offer = offer.Value;
        return Offer is { HasAccount: true, IsMine: false } && Sessions.Of(User) is null ? ToSignIn() : Page();
    }

    /// <summary>Accepts.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var accepted = await SendAsync(new AcceptInvitation(Secret ?? "", Input.Name, Input.Password));
        if (!accepted.Succeeded)
        {
            Offer = await SendAsync(new GetInvitation(Secret ?? "")) is { Succeeded: true } offer ? offer.Value : null;
            return accepted.Error == IdentityErrors.InvitationNeedsSignIn ? ToSignIn() : Refused(accepted.Error);
        }
        if (Sessions.Of(User) is { } session)
        {
            await Sessions.ContinueAsync(HttpContext, session.Stamp, accepted.Value.Tenant);
            Say("Welcome.");
            return Go("/contracts");
        }
        Say("Your account is ready. Sign in.");
        return Go("/sign-in");
    }
}
