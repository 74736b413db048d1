using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>Earnings on their way to the bank.</summary>
public sealed class PayoutsModel(ICurrentActor current) : HermesPage
{
    /// <summary>The schedule.</summary>
    [BindProperty]
    public ScheduleForm Input { get; set; } = new();

    /// <summary>The organisation as payee.</summary>
    public PayoutAccountView Account { get; private set; } = null!;

    /// <summary>The page of payouts shown.</summary>
    public Page<PayoutView> Payouts { get; private set; } = new([], null);

    /// <summary>Where the payee says who they are; null unless asked for.</summary>
    public Uri? OnboardingUrl { get; private set; }

    /// <summary>Whether the person may change anything.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>All payouts as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListPayouts(null, null, Paging.MaxLimit, cursor));
        return rows.Succeeded
            ? Csv("payouts", ["id", "state", "requested_at", "ended_at", "amount", "currency", "agent_id", "failure"], rows.Value.Select(p => (IReadOnlyList<string?>)
            [
                p.Id.ToString(), SnakeCase.Of(p.State.ToString()), p.RequestedAt.ToString("O", CultureInfo.InvariantCulture), p.EndedAt?.ToString("O", CultureInfo.InvariantCulture), p.Amount.ToAmountString(),
                p.Amount.Currency.Code, p.AgentId?.ToString(), p.Failure,
            ]))
            : Refused(rows.Error, "");
    }

    /// <summary>Asks for the page where the payee says who they are.</summary>
    public async Task<IActionResult> OnPostSetUpAsync(string? country)
    {
        var opened = await SendAsync(new SetUpPayouts((country ?? "").Trim().ToUpperInvariant()));
        if (await LoadAsync(null) is { } error)
            return Refused(error, "");
        if (!opened.Succeeded)
            return Refused(opened.Error, "");
        OnboardingUrl = opened.Value;
        return Page();
    }

    /// <summary>Pays out all that was earned in a currency, once per form however often it is sent.</summary>
    public async Task<IActionResult> OnPostPayOutAsync(string? once, string? currency)
    {
        HttpContext.RequestServices.GetRequiredService<RequestIdempotencyKey>().Set($"page:{once}", SHA256.HashData(Encoding.UTF8.GetBytes($"payout {currency}")));
        return await DoAsync(new RequestPayout(Currency: currency) { Repeat = true }, p => p.DueAt is not null && p.DueAt > p.RequestedAt ? $"{p.Amount} will be paid out when the hold for new accounts is over." : $"{p.Amount} is on its way to your bank.");
    }

    /// <summary>Saves the schedule.</summary>
    public Task<IActionResult> OnPostScheduleAsync() => DoAsync(new SetPayoutSchedule(Input.Rhythm, Input.Threshold), _ => "Saved.");

    private async Task<IActionResult> DoAsync<T>(MediatR.IRequest<Result<T>> request, Func<T, string> say)
    {
        var done = await SendAsync(request);
        if (done.Succeeded)
        {
            Say(say(done.Value));
            return Go("/billing/payouts");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(done.Error);
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var account = await SendAsync(new GetPayoutAccount());
        if (!account.Succeeded)
            return account.Error;
        Account = account.Value;
        Input = new ScheduleForm { Rhythm = Account.Rhythm, Threshold = Account.Threshold };
        var payouts = await SendAsync(new ListPayouts(null, null, null, cursor));
        if (payouts.Succeeded)
            Payouts = payouts.Value;
        return payouts.Error;
    }
}

/// <summary>When earnings are paid out by themselves.</summary>
public sealed class ScheduleForm
{
    /// <summary>How often.</summary>
    public PayoutRhythm Rhythm { get; set; }

    /// <summary>In units.</summary>
    public decimal Threshold { get; set; }
}
