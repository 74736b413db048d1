using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>Agents that the organisation pays by the month.</summary>
public sealed class SubscriptionsModel(ICurrentActor current) : HermesPage
{
    /// <summary>The page shown.</summary>
    public Page<SubscriptionRow> Subscriptions { get; private set; } = new([], null);

    /// <summary>Whether the person may cancel.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Lets a subscription end with its month.</summary>
    /// <param name="agent">The agent.</param>
    public async Task<IActionResult> OnPostCancelAsync(Guid agent)
    {
        var cancelled = await SendAsync(new CancelSubscription(new AgentId(agent)));
        if (cancelled.Succeeded)
        {
            Say("Cancelled. It ends with the month that is paid.");
            return Go("/billing/subscriptions");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(cancelled.Error, "");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var listed = await SendAsync(new ListSubscriptions(null, cursor));
        if (listed.Succeeded)
            Subscriptions = listed.Value;
        return listed.Error;
    }
}
