using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>Operators' acts on much money that wait for a second operator, and those that waited.</summary>
public sealed class ProposalsModel : HermesPage
{
    /// <summary>True for those that are over.</summary>
    [BindProperty(SupportsGet = true, Name = "past")]
    public bool Past { get; set; }

    /// <summary>The page shown.</summary>
    public Page<ProposalView> Proposals { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Confirms one.</summary>
    public Task<IActionResult> OnPostConfirmAsync(Guid id) => ActAsync(new ConfirmProposal(id), "Confirmed and carried out.");

    /// <summary>Declines one.</summary>
    public Task<IActionResult> OnPostDeclineAsync(Guid id, string? reason) => ActAsync(new DeclineProposal(id, reason), "Declined.");

    private async Task<IActionResult> ActAsync<T>(IRequest<Result<T>> request, string done)
    {
        var result = await SendAsync(request);
        if (result.Succeeded)
        {
            Say(done);
            return Go("/operator/proposals");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(result.Error, "");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var result = await SendAsync(new ListProposals(!Past, null, cursor));
        if (result.Succeeded)
            Proposals = result.Value;
        return result.Error;
    }
}
