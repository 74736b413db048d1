using System.Net;
using Hermes.Application.Billing;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

/// <summary>Operators give purchases back: a little alone, much by two.</summary>
public sealed class RefundTests(BillingApp app) : IClassFixture<BillingApp>
{
    private readonly Actor _first = Actors.Operator();
    private readonly Actor _second = Actors.Operator();

    [Fact]
    public async Task Much_goes_back_once_and_only_when_another_operator_confirms()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 1_500);

        var asked = (await app.SendAsync(_first, new RefundPurchase(purchase.Id, "Ordered twice"))).Value;

        asked.Proposal.ShouldNotBeNull().ShouldSatisfyAllConditions(p => p.Amount.ShouldBe(Money.Usd(1_500)), p => p.Why.ShouldBe("Ordered twice"), p => p.SubjectId.ShouldBe(purchase.Id.Value));
        (await app.SendAsync(_second, new RefundPurchase(purchase.Id, "Me too"))).Error.ShouldBe(ProposalErrors.OpenAlready);
        (await app.SendAsync(_first, new ConfirmProposal(asked.Proposal.Id))).Error.ShouldBe(ProposalErrors.OwnProposal);
        (await RefundsAsync(purchase)).ShouldBe(0);

        var confirmed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(_second, new ConfirmProposal(asked.Proposal.Id))));

        confirmed.Count(c => c.Succeeded).ShouldBe(1);
        (await app.PurchaseAsync(tenant, purchase.Id, p => p.Refunded.IsPositive)).Refunded.ShouldBe(Money.Usd(1_500));
        (await RefundsAsync(purchase)).ShouldBe(1);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        (await app.SendAsync(_first, new RefundPurchase(purchase.Id, "Again"))).Error.ShouldBe(BillingErrors.NothingToRefund);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_proposal_that_is_declined_gives_nothing_back_and_makes_room_for_another()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 1_200);
        var asked = (await app.SendAsync(_first, new RefundPurchase(purchase.Id, "Ordered twice"))).Value;

        (await app.SendAsync(_second, new DeclineProposal(asked.Proposal!.Id, "It was not"))).Error.ShouldBeNull();

        (await app.SendAsync(_second, new ConfirmProposal(asked.Proposal.Id))).Error.ShouldBe(ProposalErrors.NotOpen);
        (await RefundsAsync(purchase)).ShouldBe(0);
        (await app.SendAsync(_first, new RefundPurchase(purchase.Id, "But it was"))).Value.Proposal.ShouldNotBeNull();
    }

    [Fact]
    public async Task Many_operators_at_once_give_back_once()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 40);

        var asked = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.SendAsync(Actors.Operator(), new RefundPurchase(purchase.Id, "Asked for"))));

        asked.Count(a => a.Succeeded).ShouldBe(1);
        asked.Where(a => !a.Succeeded).ShouldAllBe(a => a.Error == BillingErrors.RefundOrdered || a.Error == BillingErrors.NothingToRefund || a.Error!.Code == "request.concurrent_change");
        await app.PurchaseAsync(tenant, purchase.Id, p => p.Refunded.IsPositive);
        (await RefundsAsync(purchase)).ShouldBe(1);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
    }

    [Fact]
    public async Task An_order_whose_node_died_is_sent_by_another_and_once()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 40);
        // As a node leaves it that dies between the provider's answer and the note of it.
        (await app.Port.RefundAsync(purchase.PaymentId!, 4_000, $"refund:{purchase.Id}:0", CancellationToken.None)).Error.ShouldBeNull();
        await app.SqlAsync<int>($"UPDATE billing.purchases SET refunding_minor = 4000, refund_due_at = now() - interval '1 minute' WHERE id = '{purchase.Id}' AND refunded_minor = 0");

        await app.PurchaseAsync(tenant, purchase.Id, p => p.Refunded.IsPositive);
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM billing.purchases WHERE id = '{purchase.Id}' AND refund_due_at IS NULL AND refunding_minor = 0"), 1);

        (await RefundsAsync(purchase)).ShouldBe(1);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Operators_find_purchases_in_page_and_API_and_nobody_else_does()
    {
        var owner = await app.TenantAsync();
        var purchase = await app.BoughtAsync(owner.Id, 25);
        await app.BuyAsync(owner.Id, 3);
        var client = app.Client(OperatorApp.OperatorToken);

        foreach (var search in new[] { owner.Slug + "&state=paid", purchase.Id.ToString(), purchase.PaymentId })
            (await (await client.GetAsync($"/api/v1/admin/purchases?search={search}")).JsonAsync(HttpStatusCode.OK)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("purchase").GetProperty("id").GetGuid())
                .ShouldBe([purchase.Id.Value], search);
        (await app.Client(owner.Token).GetAsync("/api/v1/admin/purchases")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await client.PostJsonAsync($"/api/v1/admin/purchases/{purchase.Id}/refund", new { })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var browser = await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);
        (await browser.TextAsync($"/operator/purchases?search={purchase.Id}")).ShouldContain("Give back");

        (await browser.PostAsync("/operator/purchases?handler=Refund", new() { ["id"] = purchase.Id.ToString(), ["reason"] = "Asked for" }, $"/operator/purchases?search={purchase.Id}")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        await app.PurchaseAsync(owner.Id, purchase.Id, p => p.Refunded == Money.Usd(25));
    }

    [Fact]
    public async Task Operators_store_rates_on_a_page()
    {
        var browser = await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);

        await browser.PostAsync("/operator/rates", new() { ["Input.Base"] = "nok", ["Input.Quote"] = "sek", ["Input.Rate"] = "1.05", ["Input.Source"] = "Desk" });

        var proposal = (await app.SendAsync(_second, new ListProposals())).Value.Items.Single(p => p.Kind == "exchange.rate");
        proposal.What.ShouldBe("Let NOK 1 buy SEK 1.05");
        (await app.SendAsync(_second, new ConfirmProposal(proposal.Id))).Error.ShouldBeNull();
        (await browser.TextAsync("/operator/rates")).ShouldContain("NOK → SEK");
    }

    private Task<long> RefundsAsync(PurchaseView purchase) =>
        app.SqlAsync<long>($"SELECT count(*) FROM billing.test_objects WHERE kind = 'refund' AND data->>'payment_intent' = '{purchase.PaymentId}'");
}
