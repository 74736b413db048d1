using System.Globalization;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OutputCaching;

namespace Hermes.Web.Pages.Marketplace;

/// <summary>One agent as anybody may see it: what it does, what it asks, how it earned its trust.</summary>
[OutputCache(PolicyName = VisitorCache.Policy)]
public sealed class AgentModel(ICurrentActor current) : HermesPage
{
    /// <summary>The agent.</summary>
    public AgentView Agent { get; private set; } = null!;

    /// <summary>Agents that do nearly the same; empty where none is near.</summary>
    public IReadOnlyList<FoundAgent> Similar { get; private set; } = [];

    /// <summary>What it asks and asked; null where it is shown to those only whom its owner lets call it.</summary>
    public PricingView? Pricing { get; private set; }

    /// <summary>True for those who may call agents.</summary>
    public bool MayCall => current.Actor.Has(Permissions.AgentsCall);

    /// <summary>The own organisation's subscription, the latest; null for none, and for those who may not see it.</summary>
    public SubscriptionView? Subscription { get; private set; }

    /// <summary>True for those who may subscribe and cancel.</summary>
    public bool MaySubscribe => current.Actor.Has(Permissions.BillingManage) && !Agent.IsMine;

    /// <summary>The input whose cost was asked.</summary>
    public string? Text { get; private set; }

    /// <summary>The most units whose cost was asked.</summary>
    public string? Units { get; private set; }

    /// <summary>What a call would cost; null until it was asked.</summary>
    public CallEstimate? Estimate { get; private set; }

    /// <summary>What was found as the lists and pages show it.</summary>
    internal static AgentView View(FoundAgent a) => new(a.Id, a.TenantId, a.Name, a.Description, a.Capabilities, null, a.BasePrice,
        Enum.Parse<AgentVisibility>(a.Visibility, ignoreCase: true), a.Tags, a.Categories, 1, AgentStatus.Active, Enum.Parse<Presence>(a.Presence, ignoreCase: true),
        a.Reputation, a.RegisteredAt, a.RegisteredAt, a.IsMine, 0, Languages: a.Languages, Regions: a.Regions);

    /// <summary>Shows it.</summary>
    public Task<IActionResult> OnGetAsync(Guid id) => ShowAsync(id);

    /// <summary>What a call with an input would cost.</summary>
    /// <param name="id">The agent.</param>
    /// <param name="text">The input.</param>
    /// <param name="units">The most units; empty for as many as the agent takes.</param>
    public async Task<IActionResult> OnPostEstimateAsync(Guid id, string? text, string? units)
    {
        (Text, Units) = (text, units);
        var estimate = await SendAsync(new EstimateCall(new AgentId(id), CallMessage.Text(text ?? ""), null,
            long.TryParse(units, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : null));
        if (estimate.Succeeded)
            Estimate = estimate.Value;
        else if (estimate.Error.Kind is ErrorKind.NotFound or ErrorKind.Unauthenticated or ErrorKind.Forbidden)
            return Refused(estimate.Error, "");
        else
            Explain(estimate.Error, "");
        return IsHtmx ? Partial("_Estimate", Estimate) : await ShowAsync(id);
    }

    /// <summary>Subscribes for at most the price that was shown.</summary>
    /// <param name="id">The agent.</param>
    /// <param name="price">The shown price in micro-units.</param>
    /// <param name="currency">Its currency.</param>
    public async Task<IActionResult> OnPostSubscribeAsync(Guid id, long price, string? currency)
    {
        var result = await SendAsync(new SubscribeToAgent(new AgentId(id), Currency.TryParse(currency, out var shown) ? new Money(price, shown) : null));
        return await AfterAsync(id, result, "Subscribed.");
    }

    /// <summary>Lets the subscription end with its month.</summary>
    /// <param name="id">The agent.</param>
    public async Task<IActionResult> OnPostCancelAsync(Guid id) =>
        await AfterAsync(id, await SendAsync(new CancelSubscription(new AgentId(id))), "Cancelled. It ends with the month that is paid.");

    private async Task<IActionResult> AfterAsync(Guid id, Result<SubscriptionView> result, string done)
    {
        if (result.Succeeded)
        {
            Say(done);
            return Go($"/marketplace/{id}");
        }
        if (result.Error.Kind is ErrorKind.NotFound or ErrorKind.Unauthenticated or ErrorKind.Forbidden)
            return Refused(result.Error, "");
        Explain(result.Error, "");
        return await ShowAsync(id);
    }

    private async Task<IActionResult> ShowAsync(Guid id)
    {
        var result = await SendAsync(new GetListedAgent(AgentId.From(id)));
        if (result.Succeeded)
            Agent = result.Value;
        // Not public and not the own organisation's: it is shown to those whom its owner lets call it.
        else if (await SendAsync(new GetFoundAgent(AgentId.From(id))) is { Succeeded: true } found)
            Agent = View(found.Value);
        else
            return Refused(result.Error, "");
        Pricing = await SendAsync(new GetPricing(Agent.Id)) is { Succeeded: true } pricing ? pricing.Value : null;
        if (current.Actor.Has(Permissions.BillingView) && await SendAsync(new GetSubscription(Agent.Id)) is { Succeeded: true } subscription)
            Subscription = subscription.Value;
        var similar = await SendAsync(new ListSimilarAgents(Agent.Id, 5));
        if (similar.Succeeded)
            Similar = similar.Value.Items;
        return Page();
    }
}
