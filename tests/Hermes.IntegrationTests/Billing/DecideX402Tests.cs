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
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.Billing;

/// <summary>Operators say what became of payments on a chain that nobody ever heard of.</summary>
public sealed class DecideX402Tests(X402App app) : IClassFixture<X402App>, IDisposable
{
    private readonly Actor _first = Actors.Operator();
    private readonly Actor _second = Actors.Operator();

    public void Dispose() => app.Facilitator.Mend();

    [Fact]
    public async Task One_that_was_paid_is_found_and_booked_once_in_page_and_API()
    {
        var (owner, id) = await GivenUpAsync(2);
        var (desk, browser) = (app.Client(OperatorApp.OperatorToken), await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword));
        var (found, transaction) = (await desk.GetAsync($"/api/v1/admin/purchases?given_up=true&search={owner.Slug}"), Transaction());
        var listed = (await found.JsonAsync(HttpStatusCode.OK)).GetProperty("items").EnumerateArray().ShouldHaveSingleItem().GetProperty("on_chain");
        (listed.GetProperty("payer").GetString(), listed.GetProperty("is_given_up").GetBoolean()).ShouldBe((Facilitator.Payer, true));
        var page = await browser.TextAsync($"/operator/purchases?given_up=true&search={owner.Slug}");
        page.ShouldContain("Outcome unknown");
        page.ShouldContain(Facilitator.Payer);
        // Evidence as people copy it.
        var shouted = " 0x" + transaction[2..].ToUpperInvariant();

        (await browser.PostAsync("/operator/purchases?handler=Settle", new() { ["id"] = id.ToString(), ["transaction"] = shouted, ["reason"] = "Block 7" }, $"/operator/purchases?search={id}")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await app.PurchaseAsync(owner.Id, id, p => p.State == PurchaseState.Paid)).PaymentId.ShouldBe(transaction);
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        (await app.SqlAsync<string>($"SELECT id FROM billing.balance_movements WHERE subject_id = '{id}'")).ShouldBe(transaction);
        (await AuditedAsync(id, "purchase.settle")).ShouldBe(1);
        foreach (var again in new[] { new DecideX402(id, true, transaction, "Again"), new DecideX402(id, true, Transaction(), "Again"), new DecideX402(id, false, null, "No") })
            (await app.SendAsync(_first, again)).Error.ShouldBe(BillingErrors.OutcomeKnown);
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        (await browser.TextAsync($"/operator/purchases?given_up=true&search={owner.Slug}")).ShouldContain("Every outcome is known");
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task One_that_was_not_paid_is_closed_and_can_still_be_found()
    {
        var (owner, id) = await GivenUpAsync(2);

        var closed = (await (await app.Client(OperatorApp.OperatorToken).PostJsonAsync($"/api/v1/admin/purchases/{id}/void", new { reason = "The nonce is unused" })).JsonAsync(HttpStatusCode.OK)).GetProperty("purchase");

        (closed.GetProperty("state").GetString(), closed.GetProperty("last_failure").GetString()).ShouldBe(("expired", "It was not paid: The nonce is unused"));
        (await app.AvailableAsync(owner.Id)).ShouldBe(0);
        (await AuditedAsync(id, "purchase.void")).ShouldBe(1);
        (await app.SendAsync(_first, new DecideX402(id, false, null, "Again"))).Error.ShouldBe(BillingErrors.OutcomeKnown);

        // The operator had looked at the wrong chain.
        (await app.SendAsync(_first, new DecideX402(id, true, Transaction(), "It is on the other chain"))).Value.Purchase.State.ShouldBe(PurchaseState.Paid);
        (await app.AvailableAsync(owner.Id)).ShouldBe(2_000_000);
        await app.ShouldBeRightAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Much_is_decided_by_two(bool isPaid)
    {
        var (owner, id) = await GivenUpAsync(1_500);
        var decide = new DecideX402(id, isPaid, isPaid ? Transaction() : null, "Looked it up");

        var asked = (await app.SendAsync(_first, decide)).Value.Proposal.ShouldNotBeNull();

        (asked.Amount, asked.Why, asked.SubjectId).ShouldBe((Money.Usd(1_500), "Looked it up", id.Value));
        (await app.SendAsync(_second, new DecideX402(id, !isPaid, isPaid ? null : Transaction(), "I saw something else"))).Error.ShouldBe(ProposalErrors.OpenAlready);
        (await app.SendAsync(_first, new ConfirmProposal(asked.Id))).Error.ShouldBe(ProposalErrors.OwnProposal);
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE id = '{id}'")).ShouldBe("open");
        var confirmed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(_second, new ConfirmProposal(asked.Id))));

        confirmed.Count(c => c.Succeeded).ShouldBe(1);
        await app.PurchaseAsync(owner.Id, id, p => p.State == (isPaid ? PurchaseState.Paid : PurchaseState.Expired));
        (await app.AvailableAsync(owner.Id)).ShouldBe(isPaid ? 1_500_000_000 : 0);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_proposal_comes_to_nothing_when_the_transaction_paid_something_else_meanwhile()
    {
        var ((_, much), (_, little), transaction) = (await GivenUpAsync(1_500), await GivenUpAsync(2), Transaction());
        var asked = (await app.SendAsync(_first, new DecideX402(much, true, transaction, "Seen"))).Value.Proposal!;
        (await app.SendAsync(_first, new DecideX402(little, true, transaction, "Seen"))).Error.ShouldBeNull();

        (await app.SendAsync(_second, new ConfirmProposal(asked.Id))).Error.ShouldBe(BillingErrors.TransactionUsed);

        (await app.SendAsync(_first, new DecideX402(much, true, transaction, "Seen"))).Error.ShouldBe(BillingErrors.TransactionUsed);
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE id = '{much}'")).ShouldBe("open");
    }

    [Fact]
    public async Task Of_operators_who_decide_at_once_one_is_heard()
    {
        for (var round = 0; round < 5; round++)
        {
            var (owner, id) = await GivenUpAsync(2);
            var decided = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => app.SendAsync(Actors.Operator(), new DecideX402(id, i % 2 == 0, i % 2 == 0 ? Transaction() : null, "Looked it up"))));

            // One that is closed may be found paid a moment later; one that is found is never closed.
            var isPaid = decided.Where((d, i) => i % 2 == 0 && d.Succeeded).Count();
            isPaid.ShouldBeLessThanOrEqualTo(1);
            decided.Where((d, i) => i % 2 == 1 && d.Succeeded).Count().ShouldBeLessThanOrEqualTo(1);
            decided.ShouldContain(d => d.Succeeded);
            decided.Where(d => !d.Succeeded).ShouldAllBe(d => d.Error == BillingErrors.OutcomeKnown || d.Error!.Code == "request.concurrent_change");
            await app.PurchaseAsync(owner.Id, id, p => p.State == (isPaid == 1 ? PurchaseState.Paid : PurchaseState.Expired));
            (await app.AvailableAsync(owner.Id)).ShouldBe(isPaid * 2_000_000);
        }
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task What_is_known_or_asked_for_can_t_be_decided_and_nobody_else_decides()
    {
        var (owner, id) = await GivenUpAsync(2);
        var card = await app.BuyAsync(owner.Id, 3);
        await PaidAsync(owner, 2, seconds: 300);
        var asked = new PurchaseId(await app.SqlAsync<Guid>($"SELECT purchase_id FROM billing.on_chain_payments WHERE tenant_id = '{owner.Id}' AND next_at IS NOT NULL"));
        foreach (var isPaid in new[] { true, false })
        {
            var transaction = isPaid ? Transaction() : null;
            foreach (var known in new[] { card.Id, asked })
                (await app.SendAsync(_first, new DecideX402(known, isPaid, transaction, "Why not"))).Error.ShouldBe(BillingErrors.OutcomeKnown);
            (await app.SendAsync(_first, new DecideX402(new PurchaseId(Guid.NewGuid()), isPaid, transaction, "Why not"))).Error.ShouldBe(BillingErrors.PurchaseNotFound);
            (await app.SendAsync(_first, new DecideX402(id, isPaid, transaction, " "))).Error!.Members!.Keys.ShouldBe(["reason"]);
            (await app.SendAsync(Actors.Person(owner.Id), new DecideX402(id, isPaid, transaction, "Mine"))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        }
        foreach (var wrong in new[] { null, "", "0x12", new string('a', 66), "0x" + new string('g', 64), Transaction() + "0" })
            (await app.SendAsync(_first, new DecideX402(id, true, wrong, "Seen"))).Error!.Members!.Keys.ShouldBe(["transaction"]);
        (await app.SendAsync(_first, new DecideX402(id, false, Transaction(), "Seen"))).Error!.Members!.Keys.ShouldBe(["transaction"]);
        foreach (var act in new[] { "settle", "void" })
            (await app.Client(owner.Token).PostJsonAsync($"/api/v1/admin/purchases/{id}/{act}", new { transaction = Transaction(), reason = "Mine" })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await app.SqlAsync<string>($"SELECT state FROM billing.purchases WHERE id = '{id}'")).ShouldBe("open");
        (await app.AvailableAsync(owner.Id)).ShouldBe(0);
    }

    private static string Transaction() => $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}";

    private async Task<HttpResponseMessage> PaidAsync(TestTenant owner, decimal amount, int seconds)
    {
        app.Facilitator.Settle = _ => Task.FromResult(Results.StatusCode(500));
        var client = app.Client(owner.Token);
        client.DefaultRequestHeaders.Add("X-PAYMENT", Facilitator.Sign($"{amount * 1_000_000:0}", app.Clock.GetUtcNow(), seconds: seconds));
        return await client.PostJsonAsync("/api/v1/payments/x402", new { amount = Money.Usd(amount) });
    }

    private async Task<(TestTenant Owner, PurchaseId Id)> GivenUpAsync(decimal amount)
    {
        var owner = await app.TenantAsync();
        (await PaidAsync(owner, amount, seconds: 20)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await app.SqlAsync<int>($"UPDATE billing.on_chain_payments SET valid_until = now() - interval '2 days' WHERE tenant_id = '{owner.Id}'");
        await app.AskAgainAsync();
        return (owner, new PurchaseId(await Eventually.ReadAsync(() => app.SqlAsync<Guid>($"SELECT purchase_id FROM billing.on_chain_payments WHERE tenant_id = '{owner.Id}' AND next_at IS NULL"), id => id != Guid.Empty)));
    }

    private Task<long> AuditedAsync(PurchaseId id, string action) => app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = '{action}' AND subject_id = '{id}'");
}
