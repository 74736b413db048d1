using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>Providers' events, plans by agreement, coupons.</summary>
public sealed class PaymentsModel : HermesPage
{
    /// <summary>Only events that stand so; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public WebhookEventState? State { get; set; }

    /// <summary>A type or its beginning.</summary>
    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    /// <summary>The forms beside the list.</summary>
    [BindProperty]
    public PaymentsForm Input { get; set; } = new();

    /// <summary>The page shown.</summary>
    public Page<WebhookEventView> Events { get; private set; } = new([], null);

    /// <summary>Payouts that don't leave.</summary>
    public IReadOnlyList<LatePayout> Late { get; private set; } = [];

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Lets an event run again.</summary>
    public Task<IActionResult> OnPostReplayAsync(Guid id) => DoAsync(new ReplayEvent(new WebhookEventId(id)), "It runs again.");

    /// <summary>Gives a payout up.</summary>
    public Task<IActionResult> OnPostGiveUpAsync(Guid id, string? reason) => DoAsync(new GiveUpPayout(new PayoutId(id), reason), "It goes back to the earnings.");

    /// <summary>Sets a plan by agreement.</summary>
    public Task<IActionResult> OnPostAgreeAsync() => DoAsync(new AgreePlan(Input.Organisation ?? "", Input.Plan), "The plan is set.");

    /// <summary>Makes a coupon.</summary>
    public Task<IActionResult> OnPostCouponAsync() => DoAsync(new MakeCoupon(Input.Code ?? "", Input.PercentOff, Input.Months), "The coupon is made.");

    private async Task<IActionResult> DoAsync<T>(MediatR.IRequest<Result<T>> request, string said)
    {
        var done = await SendAsync(request);
        if (done.Succeeded)
        {
            Say(said);
            return Go("/operator/payments");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(done.Error);
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var listed = await SendAsync(new ListWebhookEvents(State, Type, null, cursor));
        if (listed.Succeeded)
            Events = listed.Value;
        var late = await SendAsync(new ListLatePayouts());
        if (late.Succeeded)
            Late = late.Value;
        return listed.Error ?? late.Error;
    }
}

/// <summary>The forms beside the events.</summary>
public sealed class PaymentsForm
{
    /// <summary>A slug.</summary>
    public string? Organisation { get; set; }

    /// <summary>A plan.</summary>
    public TenantPlan Plan { get; set; } = TenantPlan.Enterprise;

    /// <summary>A coupon's code.</summary>
    public string? Code { get; set; }

    /// <summary>1–100.</summary>
    public int PercentOff { get; set; } = 10;

    /// <summary>Null: for good.</summary>
    public int? Months { get; set; }
}
