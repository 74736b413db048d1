using System.Globalization;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>The organisation's plan, its invoices, and what stands on them.</summary>
public sealed class IndexModel(ICurrentActor current) : HermesPage
{
    /// <summary>True when the payer comes back from buying a plan.</summary>
    [BindProperty(SupportsGet = true, Name = "bought")]
    public bool Bought { get; set; }

    /// <summary>What stands on invoices.</summary>
    [BindProperty]
    public PayerForm Input { get; set; } = new();

    /// <summary>Plan and standing.</summary>
    public BillingView Billing { get; private set; } = null!;

    /// <summary>The page of invoices shown.</summary>
    public Page<InvoiceView> Invoices { get; private set; } = new([], null);

    /// <summary>What is used.</summary>
    public UsageView Usage { get; private set; } = null!;

    /// <summary>Where another card is left; null unless asked for.</summary>
    public Uri? CardUrl { get; private set; }

    /// <summary>Whether the person may change anything.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>All invoices as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListInvoices(Paging.MaxLimit, cursor));
        return rows.Succeeded
            ? Csv("invoices", ["number", "state", "created_at", "paid_at", "subtotal", "discount", "tax", "total", "paid", "currency"], rows.Value.Select(i => (IReadOnlyList<string?>)
            [
                i.Number, i.State.ToString().ToLowerInvariant(), i.CreatedAt.ToString("O", CultureInfo.InvariantCulture), i.PaidAt?.ToString("O", CultureInfo.InvariantCulture), i.Subtotal.ToAmountString(),
                i.Discount.ToAmountString(), i.Tax.ToAmountString(), i.Total.ToAmountString(), i.Paid.ToAmountString(), i.Total.Currency.Code,
            ]))
            : Refused(rows.Error, "");
    }

    /// <summary>Lets the plan end.</summary>
    public Task<IActionResult> OnPostCancelAsync() => DoAsync(new CancelPlan(), "The plan ends with its period.");

    /// <summary>Keeps the plan after all.</summary>
    public Task<IActionResult> OnPostGoOnAsync() => DoAsync(new CancelPlan(GoOn: true), "The plan goes on.");

    /// <summary>Saves what stands on invoices.</summary>
    public Task<IActionResult> OnPostDetailsAsync() => DoAsync(new DescribePayer(Input.Email, Input.LegalName, Input.Country, Input.TaxId, Input.OverageAllowed), "Saved.");

    /// <summary>Asks for the page where another card is left.</summary>
    public async Task<IActionResult> OnPostCardAsync()
    {
        var opened = await SendAsync(new UpdateCard());
        if (!opened.Succeeded)
            return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(opened.Error);
        CardUrl = opened.Value;
        return await LoadAsync(null) is { } wrong ? Refused(wrong, "") : Page();
    }

    private async Task<IActionResult> DoAsync<T>(MediatR.IRequest<Result<T>> request, string said)
    {
        var done = await SendAsync(request);
        if (done.Succeeded)
        {
            Say(said);
            return Go("/billing");
        }
        var given = Input;
        if (await LoadAsync(null) is { } error)
            return Refused(error, "");
        Input = given;
        return Refused(done.Error);
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var billing = await SendAsync(new GetBilling());
        if (!billing.Succeeded)
            return billing.Error;
        Billing = billing.Value;
        Input = new PayerForm { Email = Billing.Email, LegalName = Billing.LegalName, Country = Billing.Country, TaxId = Billing.TaxId, OverageAllowed = Billing.OverageAllowed };
        var invoices = await SendAsync(new ListInvoices(null, cursor));
        if (!invoices.Succeeded)
            return invoices.Error;
        Invoices = invoices.Value;
        var usage = await SendAsync(new GetUsage(1));
        if (usage.Succeeded)
            Usage = usage.Value;
        return usage.Error;
    }
}

/// <summary>What stands on invoices.</summary>
public sealed class PayerForm
{
    /// <summary>Where invoices and warnings go.</summary>
    public string? Email { get; set; }

    /// <summary>The name.</summary>
    public string? LegalName { get; set; }

    /// <summary>Two letters.</summary>
    public string? Country { get; set; }

    /// <summary>Tax id.</summary>
    public string? TaxId { get; set; }

    /// <summary>Whether more than the plan is served and charged.</summary>
    public bool OverageAllowed { get; set; }
}
