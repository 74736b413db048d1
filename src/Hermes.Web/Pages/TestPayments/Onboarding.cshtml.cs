using Hermes.Application.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.TestPayments;

/// <summary>The test provider's onboarding of payees.</summary>
public sealed class OnboardingModel : HermesPage
{
    /// <summary>The form.</summary>
    public void OnGet()
    {
    }

    /// <summary>Its answers.</summary>
    public async Task<IActionResult> OnPostAsync(string id, string? bank)
    {
        var done = await SendAsync(new OnboardTestPayee(id, bank));
        return done.Succeeded ? Redirect(done.Value) : ErrorPage(done.Error);
    }
}
