using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Billing;

internal sealed class BillingEndpoints : IEndpoints, IRootEndpoints
{
    private const int MostWebhookBytes = 512 * 1024;

    void IEndpoints.Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/wallet/credits/purchase", (AmountBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new PurchaseCredits(body.Amount), p => $"/api/v1/payments/{p.Id}", ct))
            .WithTags("Billing").WithSummary("Buys credits: answers with the provider's page where they are paid.");

        var payments = api.MapGroup("/payments").WithTags("Billing");
        payments.MapGet("", (Word<PurchaseState>? state, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListPurchases(state?.Value, limit, cursor), ct))
            .WithSummary("The organisation's purchases of credits, newest first.");
        payments.MapGet("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetPurchase(new PurchaseId(id)), ct))
            .WithSummary("A purchase of credits.");
        payments.MapPost("/intents", (AmountBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new PurchaseCredits(body.Amount, PurchaseWay.Intent), p => $"/api/v1/payments/{p.Id}", ct))
            .WithSummary("Buys credits by a payment intent that the caller confirms itself.");
        payments.MapPost("/process", (ProcessBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new ConfirmPayment(new PurchaseId(body.PurchaseId), body.PaymentMethod), ct))
            .ProducesProblem(StatusCodes.Status404NotFound).WithSummary("Confirms a payment intent with a means of payment.");
        payments.MapPost("/x402", X402Async).Produces<PurchaseView>(StatusCodes.Status201Created).Produces<PaymentRequired>(StatusCodes.Status402PaymentRequired).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Buys credits by x402: without an X-PAYMENT header it answers 402 with what is to be signed.");
        payments.MapPost("/webhook/{provider}", TakeAsync).Produces<ReceivedWebhook>().WithSummary("Takes a payment provider's signed event.");

        var plans = api.MapGroup("/subscriptions").WithTags("Billing");
        plans.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetBilling(), ct)).WithSummary("The organisation's plan and how it stands.");
        plans.MapGet("/plans", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListPlans(), ct)).WithSummary("The plans.");
        plans.MapGet("/usage", (int? days, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetUsage(days ?? 30), ct)).WithSummary("What is used of the plan.");
        plans.MapGet("/invoices", (int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListInvoices(limit, cursor), ct)).WithSummary("Invoices for plans, newest first.");
        plans.MapGet("/invoices/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetInvoice(new InvoiceId(id)), ct)).WithSummary("An invoice.");
        plans.MapPost("/subscribe", (SubscribeBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new Subscribe(body.Plan, body.Coupon), ct))
            .WithSummary("Buys a plan: answers with the provider's page where it is paid.");
        plans.MapPost("/preview", (PlanBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new PreviewPlanChange(body.Plan), ct))
            .WithSummary("What a change of plan would cost now.");
        plans.MapPut("/upgrade", (PlanBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new ChangePlan(body.Plan, body.At), ct))
            .WithSummary("Changes the plan: a larger one at once, a smaller one at the period's end.");
        plans.MapDelete("/cancel", (IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelPlan(), ct)).WithSummary("Lets the plan end with its period.");
        plans.MapPost("/go-on", (IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelPlan(GoOn: true), ct)).WithSummary("Takes a cancellation back.");

        var billing = api.MapGroup("/billing").WithTags("Billing");
        billing.MapPut("/payer", (PayerBody body, IMediator mediator, CancellationToken ct) =>
                mediator.NoContent(new DescribePayer(body.Email, body.LegalName, body.Country, body.TaxId, body.OverageAllowed), ct))
            .WithSummary("Sets what stands on invoices, the tax id, and whether more than the plan is served and charged.");
        billing.MapPost("/card", (IMediator mediator, CancellationToken ct) => PageAsync(mediator, new UpdateCard(), ct)).Produces<ProviderPage>()
            .WithSummary("Answers with the provider's page where another card is left.");
        billing.MapGet("/payout-account", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetPayoutAccount(), ct))
            .WithSummary("Where earnings go, what there is to pay out, and what was paid out by year.");
        billing.MapPost("/payout-account/onboarding", (CountryBody body, IMediator mediator, CancellationToken ct) => PageAsync(mediator, new SetUpPayouts(body.Country ?? ""), ct)).Produces<ProviderPage>()
            .WithSummary("Answers with the provider's page where the payee says who they are.");
        billing.MapPut("/payout-schedule", (ScheduleBody body, IMediator mediator, CancellationToken ct) => mediator.NoContent(new SetPayoutSchedule(body.Rhythm, body.Threshold), ct))
            .WithSummary("Sets when earnings are paid out by themselves.");
        billing.MapPost("/payouts", (PayoutBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new RequestPayout(body.Amount, null, body.Currency) { Repeat = body.Repeat }, _ => "/api/v1/billing/payouts", ct))
            .WithSummary("Pays earnings out to the organisation's bank.");
        billing.MapGet("/payouts", (Word<PayoutState>? state, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListPayouts(null, state?.Value, limit, cursor), ct))
            .WithSummary("The organisation's payouts, newest first.");

        var agents = api.MapGroup("/agents/{id:guid}").WithTags("Billing");
        agents.MapPost("/payout", (Guid id, PayoutBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new RequestPayout(body.Amount, new AgentId(id), body.Currency) { Repeat = body.Repeat }, _ => $"/api/v1/agents/{id}/payout-history", ct))
            .WithSummary("Pays earnings out to the organisation's bank, in the agent's name.");
        agents.MapGet("/payout-history", (Guid id, Word<PayoutState>? state, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ListPayouts(new AgentId(id), state?.Value, limit, cursor), ct))
            .WithSummary("The agent's payouts, newest first.");

        var admin = api.MapGroup("/admin").WithTags("Billing");
        admin.MapGet("/webhook-events", (Word<WebhookEventState>? state, string? type, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListWebhookEvents(state?.Value, type, limit, cursor), ct))
            .WithSummary("Payment providers' events, newest first.");
        admin.MapPost("/webhook-events/{id:guid}/replay", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new ReplayEvent(new WebhookEventId(id)), ct))
            .WithSummary("Lets an event run again.");
        admin.MapGet("/payouts/late", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListLatePayouts(), ct))
            .WithSummary("Payouts that the payment provider did not take yet.");
        admin.MapPost("/payouts/{id:guid}/give-up", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.NoContent(new GiveUpPayout(new PayoutId(id), body.Reason), ct))
            .WithSummary("Gives a payout up that does not leave: the earnings have it again.");
        admin.MapPost("/coupons", (CouponBody body, IMediator mediator, CancellationToken ct) => mediator.NoContent(new MakeCoupon(body.Code ?? "", body.PercentOff, body.Months), ct))
            .WithSummary("Makes a coupon that takes percents off a plan's price.");
        admin.MapPost("/agreed-plans", (AgreedBody body, IMediator mediator, CancellationToken ct) => mediator.NoContent(new AgreePlan(body.Organisation ?? "", body.Plan), ct))
            .WithSummary("Gives an organisation a plan by agreement, without a provider.");
        admin.MapGet("/purchases", (string? search, Word<PurchaseState>? state, bool? given_up, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new FindPurchases(search, state?.Value, given_up ?? false, limit, cursor), ct))
            .WithSummary("All organisations' purchases of credits, newest first.");
        admin.MapPost("/purchases/{id:guid}/refund", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RefundPurchase(new PurchaseId(id), body.Reason), ct))
            .WithSummary("Gives a purchase back to the payer; much only once another operator confirmed it.");
        admin.MapPost("/purchases/{id:guid}/settle", (Guid id, SettleBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new DecideX402(new PurchaseId(id), true, body.Transaction, body.Reason), ct))
            .WithSummary("Books a purchase whose payment on a chain was given up and yet is on the chain; much only once another operator confirmed it.");
        admin.MapPost("/purchases/{id:guid}/void", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new DecideX402(new PurchaseId(id), false, null, body.Reason), ct))
            .WithSummary("Closes a purchase whose payment on a chain was given up and is not on the chain; much only once another operator confirmed it.");
    }

    void IRootEndpoints.Map(IEndpointRouteBuilder root)
    {
        // The address without the API's prefix, as the product's documents name it.
        root.MapPost("/payments/webhook/{provider}", TakeAsync).DisableAntiforgery().ExcludeFromDescription();
        root.MapMethods("/test-payments/v1/{**path}", ["GET", "POST", "DELETE"], AskAsync).DisableAntiforgery().ExcludeFromDescription();
    }

    private static async Task<Microsoft.AspNetCore.Http.IResult> TakeAsync(string provider, HttpContext context, IMediator mediator, CancellationToken ct)
    {
        if (await ReadAsync(context.Request, ct) is not { } body)
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        return (await mediator.Send(new ReceiveWebhook(provider, body, Header(context.Request)), ct)).ToHttp(taken => Results.Json(taken, HermesJson.Options));
    }

    private static async Task<Microsoft.AspNetCore.Http.IResult> X402Async(AmountBody body, HttpContext context, IMediator mediator, CancellationToken ct)
    {
        var asked = await mediator.Send(new AskX402(body.Amount), ct);
        if (!asked.Succeeded)
            return ResultHttp.Problem(asked.Error);
        if (Header(context.Request)("X-PAYMENT") is not { } payment)
            return Required("X-PAYMENT header is required");
        var paid = await mediator.Send(new PayByX402(body.Amount, payment), ct);
        if (!paid.Succeeded)
            return paid.Error.Kind == ErrorKind.InsufficientFunds ? Required(paid.Error.Message)
                : ResultHttp.Problem(paid.Error, paid.Error == BillingErrors.BadPayment ? StatusCodes.Status400BadRequest : null);
        var settled = new { success = true, transaction = paid.Value.PaymentId, network = asked.Value.Network };
        context.Response.Headers["X-PAYMENT-RESPONSE"] = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(settled));
        return Results.Json(paid.Value, HermesJson.Options, statusCode: StatusCodes.Status201Created);

        Microsoft.AspNetCore.Http.IResult Required(string error) =>
            Results.Json(new PaymentRequired(1, error, [asked.Value]), HermesJson.Options, statusCode: StatusCodes.Status402PaymentRequired);
    }

    private static async Task<Microsoft.AspNetCore.Http.IResult> PageAsync(IMediator mediator, IRequest<Result<Uri>> request, CancellationToken ct) =>
        (await mediator.Send(request, ct)).ToHttp(url => Results.Json(new ProviderPage(url), HermesJson.Options));

    private static async Task<Microsoft.AspNetCore.Http.IResult> AskAsync(string? path, HttpContext context, IMediator mediator, CancellationToken ct)
    {
        var request = context.Request;
        var body = await ReadAsync(request, ct) is { Length: > 0 } read ? Encoding.UTF8.GetString(read) : null;
        var header = Header(request);
        var asked = await mediator.Send(new AskTestProvider(request.Method, path + request.QueryString, body, header("Authorization"), header("Idempotency-Key"), header("Stripe-Account")), ct);
        return asked.ToHttp(answer => Results.Text(answer.Body, "application/json", Encoding.UTF8, answer.Status));
    }

    private static Func<string, string?> Header(HttpRequest request) => name => request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostWebhookBytes)
            return null;
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, ct)) > 0;)
        {
            if (body.Length + read > MostWebhookBytes)
                return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    /// <summary>Body of a purchase.</summary>
    /// <param name="Amount">What is credited.</param>
    internal sealed record AmountBody(Money Amount);

    /// <summary>What has to be signed, as x402 writes it.</summary>
    /// <param name="X402Version">Always 1.</param>
    /// <param name="Error">Why nothing was bought.</param>
    /// <param name="Accepts">What would be taken.</param>
    internal sealed record PaymentRequired(
        [property: JsonPropertyName("x402Version")] int X402Version, [property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("accepts")] IReadOnlyList<X402Requirements> Accepts);

    /// <summary>Body of a confirmation.</summary>
    /// <param name="PurchaseId">The purchase.</param>
    /// <param name="PaymentMethod">The provider's id of the means of payment.</param>
    internal sealed record ProcessBody(Guid PurchaseId, string PaymentMethod);

    /// <summary>Body of a subscription.</summary>
    /// <param name="Plan">Which plan.</param>
    /// <param name="Coupon">A coupon's code; null for none.</param>
    internal sealed record SubscribeBody(TenantPlan Plan, string? Coupon = null);

    /// <summary>Body of a change of plan.</summary>
    /// <param name="Plan">To which.</param>
    /// <param name="At">The moment of the preview; null for now.</param>
    internal sealed record PlanBody(TenantPlan Plan, DateTimeOffset? At = null);

    /// <summary>Body of what stands on invoices.</summary>
    /// <param name="Email">Where invoices and warnings go; null for nowhere.</param>
    /// <param name="LegalName">Null for the organisation's own name.</param>
    /// <param name="Country">ISO 3166; null when not said.</param>
    /// <param name="TaxId">Null for none.</param>
    /// <param name="OverageAllowed">Whether requests beyond the plan's are served and charged.</param>
    internal sealed record PayerBody(string? Email = null, string? LegalName = null, string? Country = null, string? TaxId = null, bool OverageAllowed = false);

    /// <summary>A page of the provider.</summary>
    /// <param name="Url">Where it is.</param>
    internal sealed record ProviderPage(Uri Url);

    /// <summary>Body of a payee's beginning.</summary>
    /// <param name="Country">ISO 3166 of where the payee is.</param>
    internal sealed record CountryBody(string? Country = null);

    /// <summary>Body of a schedule.</summary>
    /// <param name="Rhythm">How often.</param>
    /// <param name="Threshold">The least that is paid out, in units of each currency.</param>
    internal sealed record ScheduleBody(PayoutRhythm Rhythm, decimal Threshold = 0);

    /// <summary>Body of a coupon.</summary>
    /// <param name="Code">What people enter.</param>
    /// <param name="PercentOff">1–100.</param>
    /// <param name="Months">For how many months; null: for good.</param>
    internal sealed record CouponBody(string? Code, int PercentOff, int? Months = null);

    /// <summary>Body of a plan by agreement.</summary>
    /// <param name="Organisation">Its slug.</param>
    /// <param name="Plan">Which plan.</param>
    internal sealed record AgreedBody(string? Organisation, TenantPlan Plan);

    /// <summary>Body of an operator's word that a payment on a chain is there.</summary>
    /// <param name="Transaction">The transaction that paid it: <c>0x</c> and 64 hexadecimal digits.</param>
    /// <param name="Reason">How the operator knows.</param>
    internal sealed record SettleBody(string? Transaction, string? Reason);

    /// <summary>Body of an operator's act.</summary>
    /// <param name="Reason">Why.</param>
    internal sealed record ReasonBody(string? Reason = null);

    /// <summary>Body of a payout.</summary>
    /// <param name="Amount">How much; null for all.</param>
    /// <param name="Currency">Of all; null for the installation's own.</param>
    /// <param name="Repeat">True to pay the same out once more.</param>
    internal sealed record PayoutBody(Money? Amount = null, string? Currency = null, bool Repeat = false);
}
