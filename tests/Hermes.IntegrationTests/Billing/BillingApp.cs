using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Billing.TestProvider;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Billing;

/// <summary>The app with the built-in payment provider.</summary>
public class BillingApp : OperatorApp
{
    public const string Good = "4242 4242 4242 4242";
    public const string Declined = "4000 0000 0000 0002";
    public const string AsksTheBank = "4000 0000 0000 3220";
    public const string FailsLater = "4000 0000 0000 0341";
    public const string Disputed = "4000 0000 0000 0259";

    /// <summary>The provider's pages.</summary>
    public ITestCheckouts Pages => Services.GetRequiredService<ITestCheckouts>();

    internal TestPaymentProvider Provider => Services.GetRequiredService<TestPaymentProvider>();

    internal IPaymentProvider Port => Services.GetRequiredService<IPaymentProvider>();

    /// <summary>Holds the provider's webhooks back, as a broken network would.</summary>
    public bool Silent { set => Services.GetRequiredService<TestProviderClock>().Silent = value; }

    public static Money Usd(decimal units) => Money.Usd(units);

    /// <summary>A purchase that waits for its payment.</summary>
    public async Task<PurchaseView> BuyAsync(TenantId tenant, decimal amount)
    {
        var begun = await SendAsync(Actors.Person(tenant), new PurchaseCredits(Usd(amount)));
        begun.Error.ShouldBeNull();
        return begun.Value;
    }

    /// <summary>Pays a checkout on the provider's page; where the payer goes then.</summary>
    public async Task<string> PayAsync(string checkoutUrl, string card = Good)
    {
        var paid = await Pages.PayAsync(IdOf(checkoutUrl), card, CancellationToken.None);
        paid.Error.ShouldBeNull();
        return paid.Value;
    }

    /// <summary>A paid and credited purchase.</summary>
    public async Task<PurchaseView> BoughtAsync(TenantId tenant, decimal amount, string card = Good)
    {
        var purchase = await BuyAsync(tenant, amount);
        await PayAsync(purchase.CheckoutUrl!, card);
        return await PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
    }

    public Task<PurchaseView> PurchaseAsync(TenantId tenant, PurchaseId id, Func<PurchaseView, bool> until) =>
        Eventually.ReadAsync(async () => (await SendAsync(Actors.Person(tenant), new GetPurchase(id))).Value, until);

    public async Task<long> AvailableAsync(TenantId tenant) => await this.BalanceAsync(AccountRef.Available(tenant, Currency.Usd));

    public async Task<long> EarningsAsync(TenantId tenant) => await this.BalanceAsync(AccountRef.Earnings(tenant, Currency.Usd));

    public Task<BillingView> BillingAsync(TenantId tenant, Func<BillingView, bool> until) =>
        Eventually.ReadAsync(async () => (await SendAsync(Actors.Person(tenant), new GetBilling())).Value, until);

    /// <summary>A tenant with a plan.</summary>
    public async Task<TenantId> SubscribedAsync(TenantPlan plan, string card = Good, string? coupon = null)
    {
        var tenant = Books.NewTenant();
        await SubscribeAsync(tenant, plan, card, coupon);
        return tenant;
    }

    public async Task SubscribeAsync(TenantId tenant, TenantPlan plan, string card = Good, string? coupon = null)
    {
        var page = await SendAsync(Actors.Person(tenant), new Subscribe(plan, coupon));
        page.Error.ShouldBeNull();
        await PayAsync(page.Value.CheckoutUrl.AbsoluteUri, card);
        await BillingAsync(tenant, b => b.IsCharged && b.State == SubscriptionState.Active);
    }

    /// <summary>All events that wait are done.</summary>
    public Task SettledAsync() => Eventually.IsAsync(() => SqlAsync<long>("SELECT (SELECT count(*) FROM billing.webhook_events WHERE state = 'waiting' AND attempts = 0) + (SELECT count(*) FROM billing.test_deliveries)"), 0);

    public static string IdOf(string url) => url.Split('/')[^1];

    /// <summary>An event as the provider would send it.</summary>
    public (byte[] Payload, string Signature) Event(string type, object about, string? id = null, DateTimeOffset? at = null, string? secret = null)
    {
        var signed = at ?? Clock.GetUtcNow();
        var payload = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = id ?? $"evt_{Guid.NewGuid():N}",
            @object = "event",
            type,
            created = signed.ToUnixTimeSeconds(),
            livemode = false,
            data = new { @object = about },
        });
        return (payload, Infrastructure.Billing.Stripe.StripeSignature.Make(payload, secret ?? Provider.WebhookSecret, signed));
    }

    /// <summary>Sends an event that is signed as it should be.</summary>
    public async Task PostEventAsync((byte[] Payload, string Signature) sent) =>
        (await PostEventAsync(sent.Payload, sent.Signature)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);

    /// <summary>Sends an event over HTTP.</summary>
    public async Task<HttpResponseMessage> PostEventAsync(byte[] payload, string? signature, string provider = "test", string path = "/api/v1/payments/webhook/")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path + provider) { Content = new ByteArrayContent(payload) };
        if (signature is not null)
            request.Headers.TryAddWithoutValidation(Infrastructure.Billing.Stripe.StripeSignature.Header, signature);
        return await Client().SendAsync(request);
    }
}
