using Hermes.Application.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.TestPayments;

/// <summary>The test provider's hosted checkout.</summary>
public sealed class CheckoutModel : HermesPage
{
    /// <summary>The checkout.</summary>
    public TestCheckout Checkout { get; private set; } = null!;

    /// <summary>The card.</summary>
    [BindProperty]
    public CardForm Input { get; set; } = new();

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string id)
    {
        var found = await SendAsync(new GetTestCheckout(id));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Checkout = found.Value;
        return Page();
    }

    /// <summary>Pays.</summary>
    public async Task<IActionResult> OnPostAsync(string id)
    {
        var paid = await SendAsync(new PayTestCheckout(id, Input.Card));
        if (paid.Succeeded)
            return Redirect(paid.Value);
        var found = await SendAsync(new GetTestCheckout(id));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Checkout = found.Value;
        return Refused(paid.Error);
    }

    /// <summary>Lets it expire.</summary>
    public async Task<IActionResult> OnPostExpireAsync(string id)
    {
        var expired = await SendAsync(new ExpireTestCheckout(id));
        return expired.Succeeded ? Redirect(expired.Value) : Refused(expired.Error, "");
    }
}

/// <summary>A card.</summary>
public sealed class CardForm
{
    /// <summary>Its number.</summary>
    public string? Card { get; set; } = "4242 4242 4242 4242";
}
