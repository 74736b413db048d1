using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>Buys credits, and lists what was bought.</summary>
public sealed class TopUpModel(IPaymentProvider provider) : HermesPage
{
    /// <summary>What is bought.</summary>
    [BindProperty]
    public TopUpForm Input { get; set; } = new();

    /// <summary>Whether the installation takes payments.</summary>
    public bool TakesPayments => provider.IsThere;

    /// <summary>The page of purchases shown.</summary>
    public Page<PurchaseView> Purchases { get; private set; } = new([], null);

    /// <summary>The form and the list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>All purchases as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListPurchases(null, Paging.MaxLimit, cursor));
        return rows.Succeeded
            ? Csv("purchases", ["id", "state", "created_at", "paid_at", "credits", "charged", "refunded", "disputed", "currency", "payment_id"], rows.Value.Select(p => (IReadOnlyList<string?>)
            [
                p.Id.ToString(), p.State.ToString().ToLowerInvariant(), p.CreatedAt.ToString("O", CultureInfo.InvariantCulture), p.PaidAt?.ToString("O", CultureInfo.InvariantCulture), p.Amount.ToAmountString(),
                p.Charged.ToAmountString(), p.Refunded.ToAmountString(), p.Disputed.ToAmountString(), p.Amount.Currency.Code, p.PaymentId,
            ]))
            : Refused(rows.Error, "");
    }

    /// <summary>Begins a purchase, once per form however often it is sent.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var amount = Currency.TryParse(Input.Currency, out var currency) && Money.TryParse(Input.Amount, currency, out var money) ? money : default;
        if (amount == default)
        {
            ModelState.AddModelError("Input.Amount", "An amount such as 100 or 12.50, in a currency that Hermes books.");
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }
        else
        {
            HttpContext.RequestServices.GetRequiredService<RequestIdempotencyKey>().Set($"page:{Input.Once:N}", SHA256.HashData(Encoding.UTF8.GetBytes(amount.ToString())));
            var begun = await SendAsync(new PurchaseCredits(amount));
            if (begun.Succeeded)
                return Go($"/wallet/purchases/{begun.Value.Id}");
            if (begun.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden or ErrorKind.Unavailable)
                return Refused(begun.Error);
            Explain(begun.Error);
            Response.StatusCode = ResultHttp.StatusOf(begun.Error);
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Page();
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var listed = await SendAsync(new ListPurchases(null, null, cursor));
        if (listed.Succeeded)
            Purchases = listed.Value;
        return listed.Error;
    }
}

/// <summary>What is bought.</summary>
public sealed class TopUpForm
{
    /// <summary>In units.</summary>
    public string? Amount { get; set; } = "100.00";

    /// <summary>A code.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>Made with the form: the same form sent twice buys once.</summary>
    public Guid Once { get; set; } = Guid.NewGuid();
}
