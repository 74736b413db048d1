using System.ComponentModel.DataAnnotations;
using Hermes.Application.Ledger;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>Exchange rates that are stored, and one more.</summary>
public sealed class RatesModel : HermesPage
{
    /// <summary>A rate to store.</summary>
    /// <param name="Base">What is sold.</param>
    /// <param name="Quote">What is bought.</param>
    /// <param name="Rate">Units of the quote for one of the base.</param>
    /// <param name="Source">Who says so.</param>
    public sealed record Fields([Required] string Base, [Required] string Quote, [Required] decimal? Rate, [Required] string Source);

    /// <summary>The rate to store.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", "", null, "");

    /// <summary>The latest first.</summary>
    public IReadOnlyList<ExchangeRateView> Rates { get; private set; } = [];

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } error ? Refused(error, "") : Page();

    /// <summary>Stores a rate, or proposes it where it jumps.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (ModelState.IsValid)
        {
            var stored = await SendAsync(new StoreExchangeRate(Input.Base.Trim().ToUpperInvariant(), Input.Quote.Trim().ToUpperInvariant(), Input.Rate!.Value, null, Input.Source));
            if (stored.Succeeded)
            {
                Say(stored.Value.Proposal is null ? "The rate is stored." : "Proposed: another operator has to confirm it.");
                return Go(stored.Value.Proposal is null ? "/operator/rates" : "/operator/proposals");
            }
            await LoadAsync();
            return Refused(stored.Error);
        }
        await LoadAsync();
        return Page();
    }

    private async Task<Hermes.Domain.Shared.Error?> LoadAsync()
    {
        var listed = await SendAsync(new ListExchangeRates());
        if (listed.Succeeded)
            Rates = listed.Value;
        return listed.Error;
    }
}
