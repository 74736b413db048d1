using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>The plans side by side, and buying one.</summary>
public sealed class PlansModel(ICurrentActor current) : HermesPage
{
    /// <summary>From the least to the most.</summary>
    public IReadOnlyList<PlanView> Plans { get; private set; } = [];

    /// <summary>Where the chosen plan is paid; null before one is chosen.</summary>
    public Uri? CheckoutUrl { get; private set; }

    /// <summary>Whether a provider charges for a plan already.</summary>
    public bool IsCharged { get; private set; }

    /// <summary>Whether the installation takes payments.</summary>
    public bool TakesPayments { get; private set; }

    /// <summary>Whether the person may choose.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The plans.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } error ? Refused(error, "") : Page();

    /// <summary>Opens the provider's page for a plan.</summary>
    public async Task<IActionResult> OnPostAsync(TenantPlan plan, string? coupon, string? once)
    {
        HttpContext.RequestServices.GetRequiredService<RequestIdempotencyKey>().Set($"page:{once}", SHA256.HashData(Encoding.UTF8.GetBytes($"{plan} {coupon}")));
        var page = await SendAsync(new Subscribe(plan, string.IsNullOrWhiteSpace(coupon) ? null : coupon.Trim()));
        if (await LoadAsync() is { } error)
            return Refused(error, "");
        if (!page.Succeeded)
            return Refused(page.Error, "");
        CheckoutUrl = page.Value.CheckoutUrl;
        return Page();
    }

    private async Task<Error?> LoadAsync()
    {
        var plans = await SendAsync(new ListPlans());
        if (!plans.Succeeded)
            return plans.Error;
        Plans = plans.Value;
        var billing = await SendAsync(new GetBilling());
        if (billing.Succeeded)
            (IsCharged, TakesPayments) = (billing.Value.IsCharged, billing.Value.TakesPayments);
        return billing.Error;
    }
}
