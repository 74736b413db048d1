using Hermes.Application.Billing;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>What a change of plan costs, and its confirmation.</summary>
public sealed class ChangeModel : HermesPage
{
    /// <summary>The change; null when there is none to confirm.</summary>
    public PlanChangeView? Change { get; private set; }

    /// <summary>The preview.</summary>
    public async Task<IActionResult> OnGetAsync(TenantPlan? plan)
    {
        if (plan is null)
            return await SendAsync(new GetBilling()) is { Succeeded: false } refused ? Refused(refused.Error!, "") : Page();
        var preview = await SendAsync(new PreviewPlanChange(plan.Value));
        if (preview.Succeeded)
            Change = preview.Value;
        return preview.Succeeded ? Page() : Refused(preview.Error, "");
    }

    /// <summary>Confirms it.</summary>
    public async Task<IActionResult> OnPostAsync(TenantPlan plan, long at)
    {
        var changed = await SendAsync(new ChangePlan(plan, DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(at, 0, 253_402_300_799))));
        if (changed.Succeeded)
        {
            Say(changed.Value.NextPlan is { } next ? $"{next} follows at the period's end." : $"The plan is {changed.Value.Plan.Plan} now.");
            return Go("/billing");
        }
        if (await SendAsync(new PreviewPlanChange(plan)) is { Succeeded: true } preview)
            Change = preview.Value;
        return Refused(changed.Error, "");
    }
}
