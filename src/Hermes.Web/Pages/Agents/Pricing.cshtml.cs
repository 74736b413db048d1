using System.Globalization;
using Hermes.Application.Agents;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Hermes.Web.TagHelpers;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>What an own agent asks: now, later and before, and the form that changes it.</summary>
public sealed class PricingModel(ICurrentActor current) : HermesPage
{
    /// <summary>The agent's id.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>Where the previous page of versions ended.</summary>
    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    /// <summary>What is written.</summary>
    [BindProperty]
    public PriceInput Input { get; set; } = new();

    /// <summary>A contract to try prices on.</summary>
    [BindProperty(SupportsGet = true, Name = "try")]
    public AdviceInput Try { get; set; } = new();

    /// <summary>What to bid for it; null until it was asked.</summary>
    public BidSuggestions? Advice { get; private set; }

    /// <summary>How far that can be relied on; null only when it couldn't be read.</summary>
    public BidModelView? Reliability { get; private set; }

    /// <summary>The agent's version that was shown, so that two who change a price at the same time notice.</summary>
    [BindProperty]
    public uint Version { get; set; }

    /// <summary>The agent.</summary>
    public AgentView Agent { get; private set; } = null!;

    /// <summary>Its prices.</summary>
    public PricingView Pricing { get; private set; } = null!;

    /// <summary>True for those who may change it.</summary>
    public bool MayUpdate => current.Actor.Has(Permissions.AgentsUpdate) && Agent.Status != AgentStatus.Retired;

    /// <summary>The listed price from version to version, oldest first; what begins later is not in it.</summary>
    internal static List<ChartPoint> Trend(PricingView pricing) =>
    [
        .. pricing.Items.Where(p => p.State != PriceState.Scheduled && p.Listed.Currency == pricing.Current.Listed.Currency).Reverse()
            .Select(p => new ChartPoint(p.EffectiveFrom.ToString("d MMM", CultureInfo.InvariantCulture), p.Listed.Units, p.Listed.ToString())),
    ];

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        if (await ShowAsync() is { } refusal)
            return refusal;
        (Input, Version) = (PriceInput.Of(Pricing.Current), Pricing.Version);
        await AdviseAsync();
        return PageOr("_Advice", this);
    }

    /// <summary>Says a price.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var request = Input.ToRequest(new AgentId(Id), Version);
        var result = request.Succeeded ? await SendAsync(request.Value) : request.Error;
        if (result.Succeeded)
        {
            Say(result.Value.Price.State == PriceState.Scheduled ? "Scheduled. It counts by itself when its time has come." : "It counts from now on.");
            return Go($"/agents/{Id}/pricing");
        }
        return await ShowAsync() ?? Refused(PriceInput.AtFields(result.Error));
    }

    private async Task AdviseAsync()
    {
        Reliability = await SendAsync(new GetBidModel()) is { Succeeded: true } model ? model.Value : null;
        if (string.IsNullOrWhiteSpace(Try.Reward))
            return;
        var request = Try.ToRequest(Agent.Id, Pricing.Current.Listed.Currency);
        var advice = request.Succeeded ? await SendAsync(request.Value) : request.Error;
        if (advice.Succeeded)
            Advice = advice.Value;
        else
            Explain(advice.Error, "Try");
    }

    private async Task<IActionResult?> ShowAsync()
    {
        var agent = await SendAsync(new GetAgent(new AgentId(Id)));
        if (!agent.Succeeded)
            return Refused(agent.Error);
        if (!agent.Value.IsMine)
            return Go($"/marketplace/{Id}");
        var pricing = await SendAsync(new GetPricing(new AgentId(Id), 25, Cursor));
        if (!pricing.Succeeded)
            return Refused(pricing.Error);
        (Agent, Pricing) = (agent.Value, pricing.Value);
        return null;
    }
}

/// <summary>A contract that isn't there, to try prices on.</summary>
public sealed record AdviceInput
{
    /// <summary>Its reward in units.</summary>
    public string? Reward { get; init; }

    /// <summary>What the work costs the owner.</summary>
    public string? Cost { get; init; } = "0.00";

    /// <summary>What the price is to do.</summary>
    public BidGoal Goal { get; init; }

    /// <summary>What would be promised.</summary>
    public int EtaSeconds { get; init; } = 60;

    /// <summary>What would be stated.</summary>
    public decimal Confidence { get; init; } = 0.9m;

    /// <summary>The use case, or which fields can't be read.</summary>
    internal Result<SuggestBids> ToRequest(AgentId agent, Currency currency)
    {
        if (!Money.TryParse(Reward?.Trim(), currency, out var reward))
            return AgentErrors.Member("reward", "An amount such as 5.00.");
        if (!Money.TryParse(Cost?.Trim(), currency, out var cost))
            return AgentErrors.Member("cost", "An amount such as 0.50.");
        return new SuggestBids(null, agent, Goal, reward, cost, EtaSeconds, Confidence);
    }

    internal static string Words(BidGoal goal) => goal switch
    {
        BidGoal.Profit => "earn the most",
        BidGoal.Revenue => "turn over the most",
        BidGoal.WinRate => "win most often, without a loss",
        _ => "be busy",
    };
}
