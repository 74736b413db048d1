using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Contracts;

/// <summary>The contracts that the viewer may see, with filters.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>Which contracts.</summary>
    [BindProperty(SupportsGet = true, Name = "scope")]
    public ContractScope Scope { get; set; } = ContractScope.All;

    /// <summary>Only this state.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public ContractState? State { get; set; }

    /// <summary>Part of title or intent.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Text { get; set; }

    /// <summary>A needed capability.</summary>
    [BindProperty(SupportsGet = true, Name = "capability")]
    public string? Capability { get; set; }

    /// <summary>The order.</summary>
    [BindProperty(SupportsGet = true, Name = "sort")]
    public ContractSort Sort { get; set; }

    /// <summary>The page shown.</summary>
    public Page<ContractRow> Contracts { get; private set; } = new([], null);

    /// <summary>True when anything but the scope filters.</summary>
    public bool Filtered => State is not null || Text is { Length: > 0 } || Capability is { Length: > 0 };

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListContracts { Scope = Scope, State = State, Text = Text, Capability = Capability, Sort = Sort, Cursor = cursor });
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Contracts = result.Value;
        return PageOr("_Rows", this);
    }

    /// <summary>The list as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var result = await SendAsync(new ExportContracts { Scope = Scope, State = State, Text = Text, Capability = Capability, Sort = Sort });
        if (!result.Succeeded)
            return Refused(result.Error, "");
        return Csv("contracts", ["id", "title", "state", "reward", "price", "currency", "required_capabilities", "created_at", "bidding_closes_at", "deliver_by"], result.Value.Select(c => (string?[])
            [c.Id.ToString(), c.Title, SnakeCase.Of(c.State.ToString()), c.Reward.ToAmountString(), c.Price?.ToAmountString(), c.Reward.Currency.Code,
                string.Join(' ', c.RequiredCapabilities), c.CreatedAt.ToString("O"), c.BiddingClosesAt?.ToString("O"), c.DeliverBy?.ToString("O")]));
    }
}
