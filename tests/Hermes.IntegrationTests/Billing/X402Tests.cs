using System.Net;
using System.Text.Json;
using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Billing;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.IntegrationTests.Billing;

/// <summary>The app with a facilitator on this machine.</summary>
public sealed class X402App : BillingApp, IAsyncLifetime
{
    internal Facilitator Facilitator { get; private set; } = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        Facilitator = await Facilitator.StartAsync();
        foreach (var (key, value) in Facilitator.Settings)
            Set(key, value);
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await Facilitator.DisposeAsync();
    }

    /// <summary>Lets the node's clock ask again about what is due.</summary>
    public async Task AskAgainAsync()
    {
        await SqlAsync<int>("UPDATE billing.on_chain_payments SET next_at = now() - interval '1 day' WHERE next_at IS NOT NULL");
        await Services.GetRequiredService<BillingClock>().RunAsync(CancellationToken.None);
    }
}

/// <summary>Credits paid on a chain.</summary>
public sealed class X402Tests(X402App app) : IClassFixture<X402App>, IDisposable
{
    public void Dispose() => app.Facilitator.Mend();

    [Fact]
    public async Task Who_brings_no_payment_hears_what_to_sign_and_who_brings_it_is_credited()
    {
        var owner = await app.TenantAsync();

        var asked = await PostAsync(owner.Token, 12.5m, null);
        var required = await asked.JsonAsync(HttpStatusCode.PaymentRequired);
        required.GetProperty("x402Version").GetInt32().ShouldBe(1);
        var accepts = required.GetProperty("accepts")[0];
        (accepts.GetProperty("scheme").GetString(), accepts.GetProperty("network").GetString(), accepts.GetProperty("maxAmountRequired").GetString(), accepts.GetProperty("payTo").GetString(),
            accepts.GetProperty("resource").GetString(), accepts.GetProperty("maxTimeoutSeconds").GetInt32(), accepts.GetProperty("extra").GetProperty("name").GetString())
            .ShouldBe(("exact", "base-sepolia", "12500000", Facilitator.PayTo, "https://hermes.test/api/v1/payments/x402", 300, "USD Coin"));

        var paid = await PostAsync(owner.Token, 12.5m, Sign("12500000"));
        var purchase = await paid.JsonAsync(HttpStatusCode.Created);

        (purchase.GetProperty("state").GetString(), purchase.GetProperty("way").GetString(), purchase.GetProperty("provider").GetString()).ShouldBe(("paid", "on_chain", "x402"));
        using var settled = JsonDocument.Parse(Convert.FromBase64String(paid.Headers.GetValues("X-PAYMENT-RESPONSE").Single()));
        settled.RootElement.GetProperty("transaction").GetString().ShouldBe(purchase.GetProperty("payment_id").GetString());
        (await app.AvailableAsync(owner.Id)).ShouldBe(12_500_000);
        // The facilitator was given what was signed and what was asked for.
        var (_, body) = app.Facilitator.Asked.First(a => a.What == "settle" && (string)a.Body["paymentRequirements"]!["maxAmountRequired"]! == "12500000");
        ((int)body["x402Version"]!, (string)body["paymentPayload"]!["payload"]!["authorization"]!["value"]!).ShouldBe((1, "12500000"));
        await ReconciledAsync();
    }

    [Fact]
    public async Task The_same_payment_many_times_at_once_and_later_books_once()
    {
        var owner = await app.TenantAsync();
        var nonce = $"{Guid.NewGuid():N}{Guid.NewGuid():N}";
        var payment = Facilitator.Sign("2000000", app.Clock.GetUtcNow(), nonce: "0x" + nonce);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(owner.Token, 2, payment)));

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created || a.StatusCode == HttpStatusCode.ServiceUnavailable);
        await Eventually.ReadAsync(() => app.AvailableAsync(owner.Id), balance => balance > 0);
        var otherwise = Facilitator.Sign("2000000", app.Clock.GetUtcNow(), nonce: "0x" + nonce.ToUpperInvariant());
        // Long after the signature is void.
        app.Clock.Advance(TimeSpan.FromMinutes(10));
        foreach (var again in new[] { payment, otherwise })
            (await (await PostAsync(owner.Token, 2, again)).JsonAsync(HttpStatusCode.Created)).GetProperty("state").GetString().ShouldBe("paid");
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.purchases WHERE tenant_id = '{owner.Id}'")).ShouldBe(1);
        await ReconciledAsync();
    }

    [Fact]
    public async Task Another_organisation_can_t_use_a_payment_again()
    {
        var (owner, other) = (await app.TenantAsync(), await app.TenantAsync());
        var payment = Sign("2000000");
        (await PostAsync(owner.Token, 2, payment)).StatusCode.ShouldBe(HttpStatusCode.Created);

        await RefusedAsync(await PostAsync(other.Token, 2, payment), HttpStatusCode.Conflict, "billing.payment_used");

        (await app.AvailableAsync(other.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task A_payment_for_something_else_is_refused_whatever_the_facilitator_says()
    {
        var owner = await app.TenantAsync();
        var asked = app.Facilitator.Asked.Count;

        foreach (var (payment, why) in new[]
        {
            (Sign("1999999"), "exactly 2000000"), (Sign("2000001"), "exactly 2000000"), (Facilitator.Sign("2000000", app.Clock.GetUtcNow(), to: Facilitator.Payer), "somebody else"),
            (Facilitator.Sign("2000000", app.Clock.GetUtcNow(), network: "base"), "base-sepolia"), (Facilitator.Sign("2000000", app.Clock.GetUtcNow(), seconds: -1), "any more"),
            (Facilitator.Sign("2000000", app.Clock.GetUtcNow().AddHours(1)), "yet"),
        })
        {
            var answer = await (await PostAsync(owner.Token, 2, payment)).JsonAsync(HttpStatusCode.PaymentRequired);
            answer.GetProperty("error").GetString().ShouldNotBeNull().ShouldContain(why);
            answer.GetProperty("accepts").GetArrayLength().ShouldBe(1);
        }
        foreach (var broken in new[] { "x", Convert.ToBase64String("{"u8), Facilitator.Header(new { }), Facilitator.Header(new { x402Version = 2 }), new string('a', 9_000), Facilitator.Header(new { x402Version = 1, scheme = "exact", network = "base-sepolia", payload = new { signature = "0x", authorization = new { from = "0x1" } } }), Facilitator.Sign("2000000", app.Clock.GetUtcNow(), before: "99999999999999999999"), Facilitator.Sign("2000000", app.Clock.GetUtcNow(), before: "-1") })
            await RefusedAsync(await PostAsync(owner.Token, 2, broken), HttpStatusCode.BadRequest, "billing.bad_payment");

        app.Facilitator.Asked.Count.ShouldBe(asked);
        await NothingAsync(owner.Id);
    }

    [Theory]
    [InlineData("0.00")]
    [InlineData("-1.00")]
    [InlineData("1.005")]
    [InlineData("1000000.00")]
    public async Task Less_than_whole_coins_is_refused(string amount)
    {
        Money.TryParse(amount, Currency.Usd, out var money).ShouldBeTrue();

        (await app.SendAsync(Actors.Person(Books.NewTenant()), new AskX402(money))).Error.ShouldBe(BillingErrors.WholeCoinsOnly);
    }

    [Fact]
    public async Task Another_currency_a_missing_permission_and_an_installation_without_it_are_refused()
    {
        var tenant = Books.NewTenant();

        (await app.SendAsync(Actors.Person(tenant), new AskX402(Money.Of(1, Currency.Parse("EUR"))))).Error!.Code.ShouldBe("billing.other_currency");
        (await app.SendAsync(Actors.Person(tenant, Permissions.BillingView), new PayByX402(Money.Usd(1), Sign("1000000")))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.PostEventAsync("{}"u8.ToArray(), "x", provider: "x402")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_facilitator_that_refuses_to_verify_leaves_nothing()
    {
        var owner = await app.TenantAsync();
        app.Facilitator.Verify = _ => Answer(new { isValid = false, invalidReason = "insufficient_funds", payer = Facilitator.Payer });

        var answer = await (await PostAsync(owner.Token, 2, Sign("2000000"))).JsonAsync(HttpStatusCode.PaymentRequired);

        answer.GetProperty("error").GetString().ShouldNotBeNull().ShouldContain("insufficient_funds");
        await NothingAsync(owner.Id);
    }

    [Fact]
    public async Task A_facilitator_that_refuses_to_settle_closes_the_purchase_and_another_payment_buys()
    {
        var owner = await app.TenantAsync();
        var payment = Sign("2000000");
        app.Facilitator.Settle = _ => Answer(new { success = false, errorReason = "invalid_transaction_state", transaction = "", network = "base-sepolia", payer = Facilitator.Payer });

        for (var i = 0; i < 2; i++)
            (await (await PostAsync(owner.Token, 2, payment)).JsonAsync(HttpStatusCode.PaymentRequired)).GetProperty("error").GetString().ShouldBe("The payment was declined: invalid_transaction_state");
        app.Facilitator.Mend();
        await app.AskAgainAsync();

        (await app.AvailableAsync(owner.Id)).ShouldBe(0);
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE tenant_id = '{owner.Id}'")).ShouldBe("expired");
        (await PostAsync(owner.Token, 2, Sign("2000000"))).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
    }

    [Theory]
    [InlineData("verify dies")]
    [InlineData("verify hangs")]
    [InlineData("verify breaks")]
    [InlineData("verify lies")]
    [InlineData("verify talks")]
    public async Task A_facilitator_that_gives_no_sense_to_verify_leaves_nothing(string how)
    {
        var owner = await app.TenantAsync();
        app.Facilitator.Verify = Misbehaving(how, new { isValid = true, payer = Facilitator.PayTo });

        await RefusedAsync(await PostAsync(owner.Token, 2, Sign("2000000")), HttpStatusCode.ServiceUnavailable, "billing.provider_unavailable");

        await NothingAsync(owner.Id);
    }

    [Theory]
    [InlineData("settle dies")]
    [InlineData("settle hangs")]
    [InlineData("settle breaks")]
    [InlineData("settle lies")]
    [InlineData("settle talks")]
    public async Task A_settlement_whose_answer_is_lost_is_asked_about_again_and_booked_once(string how)
    {
        var owner = await app.TenantAsync();
        var payment = Sign("2000000");
        app.Facilitator.AfterSettle = Misbehaving(how, new { success = true, transaction = "0x1", network = "another-chain", payer = Facilitator.Payer });

        await RefusedAsync(await PostAsync(owner.Token, 2, payment), HttpStatusCode.ServiceUnavailable, "billing.provider_unavailable");
        (await app.AvailableAsync(owner.Id)).ShouldBe(0);
        // A refusal may mean that the chain has it: nobody closes what may be paid.
        app.Facilitator.Settle = _ => Answer(new { success = false, errorReason = "invalid_transaction_state", transaction = "", network = "base-sepolia", payer = Facilitator.Payer });
        await app.AskAgainAsync();
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE tenant_id = '{owner.Id}'")).ShouldBe("open");
        app.Facilitator.Mend();

        await app.AskAgainAsync();

        await Eventually.ReadAsync(() => app.AvailableAsync(owner.Id), balance => balance > 0);
        (await (await PostAsync(owner.Token, 2, payment)).JsonAsync(HttpStatusCode.Created)).GetProperty("state").GetString().ShouldBe("paid");
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        await ReconciledAsync();
    }

    [Fact]
    public async Task A_transaction_that_paid_once_pays_nothing_else()
    {
        var owner = await app.TenantAsync();
        var first = await (await PostAsync(owner.Token, 2, Sign("2000000"))).JsonAsync(HttpStatusCode.Created);
        app.Facilitator.AfterSettle = _ => Answer(new { success = true, transaction = first.GetProperty("payment_id").GetString(), network = "base-sepolia", payer = Facilitator.Payer });

        await RefusedAsync(await PostAsync(owner.Token, 2, Sign("2000000")), HttpStatusCode.ServiceUnavailable, "billing.provider_unavailable");

        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        app.Facilitator.Mend();
        await app.AskAgainAsync();
        await Eventually.IsAsync(() => app.AvailableAsync(owner.Id), 4_000_000);
        await ReconciledAsync();
    }

    [Fact]
    public async Task A_payment_that_holds_for_ages_is_asked_about_for_a_day()
    {
        var owner = await app.TenantAsync();
        app.Facilitator.Settle = _ => Task.FromResult(Results.StatusCode(500));

        await RefusedAsync(await PostAsync(owner.Token, 2, Facilitator.Sign("2000000", app.Clock.GetUtcNow(), before: "9223372036854775807")), HttpStatusCode.ServiceUnavailable, "billing.provider_unavailable");

        (await app.SqlAsync<bool>($"SELECT valid_until < now() + interval '25 hours' AND next_at IS NOT NULL FROM billing.on_chain_payments WHERE tenant_id = '{owner.Id}'")).ShouldBeTrue();
        app.Facilitator.Mend();
        await app.AskAgainAsync();
        await Eventually.IsAsync(() => app.AvailableAsync(owner.Id), 2_000_000);
    }

    [Fact]
    public async Task A_payment_that_nobody_ever_hears_of_is_given_up_and_stays_open()
    {
        var owner = await app.TenantAsync();
        app.Facilitator.Settle = _ => Task.FromResult(Results.StatusCode(500));
        (await PostAsync(owner.Token, 2, Facilitator.Sign("2000000", app.Clock.GetUtcNow(), seconds: 20))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await app.SqlAsync<int>($"UPDATE billing.on_chain_payments SET valid_until = now() - interval '2 days' WHERE tenant_id = '{owner.Id}'");

        await app.AskAgainAsync();

        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM billing.on_chain_payments WHERE tenant_id = '{owner.Id}' AND next_at IS NULL AND transaction IS NULL"), 1);
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE tenant_id = '{owner.Id}'")).ShouldBe("open");
    }

    private static Task<IResult> Answer(object answer) => Task.FromResult(Results.Json(answer));

    private static Func<HttpContext, Task<IResult>> Misbehaving(string how, object lie) => how.Split(' ')[1] switch
    {
        "dies" => context =>
        {
            context.Abort();
            return Task.FromResult(Results.Empty);
        }
        ,
        "hangs" => async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Results.Empty;
        }
        ,
        "breaks" => _ => Task.FromResult(Results.Json(lie, statusCode: 500)),
        "lies" => _ => Answer(lie),
        _ => _ => Task.FromResult(Results.Text("It works!")),
    };

    private string Sign(string value) => Facilitator.Sign(value, app.Clock.GetUtcNow());

    private async Task<HttpResponseMessage> PostAsync(string token, decimal amount, string? payment)
    {
        var client = app.Client(token);
        if (payment is not null)
            client.DefaultRequestHeaders.Add("X-PAYMENT", payment);
        return await client.PostJsonAsync("/api/v1/payments/x402", new { amount = Money.Usd(amount) });
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string code) =>
        (await answer.JsonAsync(status)).GetProperty("code").GetString().ShouldBe(code);

    private async Task NothingAsync(TenantId tenant)
    {
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.purchases WHERE tenant_id = '{tenant}'")).ShouldBe(0);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
    }

    /// <summary>The books are right, and so they are against what the chain was said to have moved.</summary>
    private async Task ReconciledAsync()
    {
        await app.ShouldBeRightAsync();
        (await app.SqlAsync<long>("""
            SELECT count(*) FROM billing.purchases p WHERE p.provider = 'x402' AND p.state = 'paid' AND NOT EXISTS (
                SELECT FROM billing.balance_movements m WHERE m.provider = 'x402' AND m.subject_id = p.id AND m.id = p.payment_id AND m.amount = p.charged_minor * 10000)
            """)).ShouldBe(0);
    }
}
