using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>Disputes of the installation, and their decision.</summary>
public sealed class DisputesModel : HermesPage
{
    /// <summary>True for decided ones.</summary>
    [BindProperty(SupportsGet = true, Name = "decided")]
    public bool Decided { get; set; }

    /// <summary>The page shown.</summary>
    public Page<DisputeRow> Disputes { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Decides one.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, DisputeDecision decision, int? percent, string? note)
    {
        var result = await SendAsync(new ResolveDispute(ContractId.From(id), decision, decision == DisputeDecision.Split ? percent : null, note));
        if (result.Succeeded)
        {
            Say("Decided. The escrow was split accordingly.");
            return Go("/operator/disputes");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(result.Error, "");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var result = await SendAsync(new ListDisputes(!Decided, null, cursor));
        if (result.Succeeded)
            Disputes = result.Value;
        return result.Error;
    }
}
