using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Billing's movements in the ledger, each in the transaction of what causes it and by a key that follows from the cause.
/// </summary>
public sealed class MoneyDesk(IBillingDb db, ILedger ledger, IOutbox outbox, IAudit audit, IMailbox mailbox, IPublicLinks links, TimeProvider clock)
{
    /// <summary>Credits a paid purchase, once. What the tenant owes is taken first; less than a coin that was not charged is the platform's gift.</summary>
    public async Task<Result<bool>> CreditAsync(Purchase purchase, string payment, CancellationToken cancellationToken)
    {
        if (!purchase.Pay(payment, clock.GetUtcNow()))
            return true;
        var (tenant, currency) = (purchase.TenantId, purchase.Amount.Currency);
        var repaid = await RepayAsync(tenant, purchase.Amount, cancellationToken);
        var posted = await PostAsync("wallet.purchase", $"purchase:{purchase.Id}", "purchase", purchase.Id.Value,
        [
            new(AccountRef.PaymentClearing(currency), -purchase.Charged.MicroUnits),
            new(AccountRef.Promotions(currency), purchase.Charged.MicroUnits - purchase.Amount.MicroUnits),
            new(AccountRef.Receivables(currency), repaid),
            new(AccountRef.Available(tenant, currency), purchase.Amount.MicroUnits - repaid),
        ], repaid == 0 ? "Credits bought" : "Credits bought, less what was owed", cancellationToken);
        if (posted is not null)
            return posted;
        audit.Record("purchase.paid", "purchase", purchase.Id.Value, null, new { purchase.Amount, charged = purchase.Charged }, tenant);
        Moved(tenant, "wallet.purchase", purchase.Amount);
        outbox.Add(new LiveEvent("purchase.paid", "purchase", purchase.Id.Value, tenant, new { id = purchase.Id, amount = purchase.Amount }, Audience.Of(tenant)));
        if (await db.BillingAccounts.Where(a => a.TenantId == tenant).Select(a => a.Email).SingleOrDefaultAsync(cancellationToken) is { } email)
            mailbox.Post(new Mail(email, $"Receipt: {purchase.Charged} for credits", $"We received {purchase.Charged} for credits of {purchase.Amount}.\n\nReceipt: {links.To($"/wallet/purchases/{purchase.Id}")}\n"));
        return true;
    }

    /// <summary>Takes back what went back to the payer: from what is available, then from the earnings; the rest is owed.</summary>
    public async Task<Result<bool>> TakeBackAsync(Purchase purchase, long minor, string purpose, string key, CancellationToken cancellationToken)
    {
        var (tenant, currency) = (purchase.TenantId, purchase.Amount.Currency);
        var micro = MinorUnits.ToMoney(minor, currency).MicroUnits;
        var available = Math.Min(micro, (await ledger.BalanceAsync(AccountRef.Available(tenant, currency), cancellationToken)).MicroUnits);
        var earnings = Math.Min(micro - available, (await ledger.BalanceAsync(AccountRef.Earnings(tenant, currency), cancellationToken)).MicroUnits);
        var owed = micro - available - earnings;
        if (owed > 0)
            (await DebtAsync(tenant, currency, cancellationToken)).Grow(owed);
        var posted = await PostAsync(purpose, key, "purchase", purchase.Id.Value,
        [
            new(AccountRef.Available(tenant, currency), -available),
            new(AccountRef.Earnings(tenant, currency), -earnings),
            new(AccountRef.Receivables(currency), -owed),
            new(AccountRef.PaymentClearing(currency), micro),
        ], purpose == "wallet.refund" ? "Refund of a purchase" : "A purchase was disputed at the payer's bank", cancellationToken);
        if (posted is not null)
            return posted;
        audit.Record(purpose, "purchase", purchase.Id.Value, null, new { amount = new Money(micro, currency), owed = new Money(owed, currency) }, tenant);
        Moved(tenant, purpose, -new Money(micro, currency));
        return true;
    }

    /// <summary>Credits again what the payer's bank gave back.</summary>
    public async Task<Result<bool>> GiveBackAsync(Purchase purchase, long minor, string key, CancellationToken cancellationToken)
    {
        var (tenant, amount) = (purchase.TenantId, MinorUnits.ToMoney(minor, purchase.Amount.Currency));
        var repaid = await RepayAsync(tenant, amount, cancellationToken);
        var posted = await PostAsync("wallet.chargeback_reversed", key, "purchase", purchase.Id.Value,
        [
            new(AccountRef.PaymentClearing(amount.Currency), -amount.MicroUnits),
            new(AccountRef.Receivables(amount.Currency), repaid),
            new(AccountRef.Available(tenant, amount.Currency), amount.MicroUnits - repaid),
        ], "The payer's bank gave a disputed purchase back", cancellationToken);
        if (posted is not null)
            return posted;
        audit.Record("wallet.chargeback_reversed", "purchase", purchase.Id.Value, null, new { amount }, tenant);
        Moved(tenant, "wallet.chargeback_reversed", amount);
        return true;
    }

    /// <summary>Books what was paid of an invoice for a plan.</summary>
    public async Task<Result<bool>> BookInvoiceAsync(Invoice invoice, long minor, CancellationToken cancellationToken)
    {
        var amount = MinorUnits.ToMoney(minor, invoice.Currency);
        var posted = await PostAsync("subscription.paid", $"invoice:{invoice.Id}:{invoice.BookedMinor}", "invoice", invoice.Id.Value,
            [new(AccountRef.PaymentClearing(amount.Currency), -amount.MicroUnits), new(AccountRef.PlatformFees(amount.Currency), amount.MicroUnits)],
            $"Invoice {invoice.Number}", cancellationToken);
        if (posted is not null)
            return posted;
        audit.Record("invoice.paid", "invoice", invoice.Id.Value, null, new { invoice.Number, amount }, invoice.TenantId);
        return true;
    }

    /// <summary>Takes a payout from the earnings.</summary>
    public Task<Error?> TakeEarningsAsync(Payout payout, CancellationToken cancellationToken) =>
        PostAsync("payout.request", $"payout:{payout.Id}", "payout", payout.Id.Value,
        [
            new(AccountRef.Earnings(payout.TenantId, payout.Amount.Currency), -payout.Amount.MicroUnits),
            new(AccountRef.Payouts(payout.Amount.Currency), payout.Amount.MicroUnits),
        ], "Payout", cancellationToken);

    /// <summary>Repays a debt from the earnings; what is repaid.</summary>
    public async Task<Result<Money>> RepayFromEarningsAsync(TenantId tenant, Currency currency, Guid cause, CancellationToken cancellationToken)
    {
        var earnings = await ledger.BalanceAsync(AccountRef.Earnings(tenant, currency), cancellationToken);
        var repaid = await RepayAsync(tenant, earnings, cancellationToken);
        if (repaid == 0)
            return Money.Zero(currency);
        var posted = await PostAsync("debt.repaid", $"debt:{cause}", "tenant", tenant.Value,
            [new(AccountRef.Earnings(tenant, currency), -repaid), new(AccountRef.Receivables(currency), repaid)], "Repaid from earnings", cancellationToken);
        if (posted is not null)
            return posted;
        return new Money(repaid, currency);
    }

    /// <summary>The payee has a payout at the provider: the money has left the installation's balance there.</summary>
    public async Task<Error?> SendAsync(Payout payout, string transfer, CancellationToken cancellationToken)
    {
        if (!payout.Transfer(transfer))
            return null;
        var currency = payout.Amount.Currency;
        return await PostAsync("payout.sent", $"payout_sent:{payout.Id}", "payout", payout.Id.Value,
            [new(AccountRef.Payouts(currency), -payout.Amount.MicroUnits), new(AccountRef.PaymentClearing(currency), payout.Amount.MicroUnits)], "Payout sent", cancellationToken);
    }

    /// <summary>A payout arrived; always true.</summary>
    public bool Arrive(Payout payout, string providerId)
    {
        if (payout.Arrive(providerId, clock.GetUtcNow()))
            Told(payout, "payout.paid");
        return true;
    }

    /// <summary>A payout came back, or was never sent: the earnings have it again.</summary>
    public async Task<Result<bool>> ReturnAsync(Payout payout, string why, CancellationToken cancellationToken)
    {
        var currency = payout.Amount.Currency;
        var from = payout.TransferId is null ? AccountRef.Payouts(currency) : AccountRef.PaymentClearing(currency);
        if (!payout.Fail(why, clock.GetUtcNow()))
            return true;
        var posted = await PostAsync("payout.returned", $"payout_back:{payout.Id}", "payout", payout.Id.Value,
            [new(from, -payout.Amount.MicroUnits), new(AccountRef.Earnings(payout.TenantId, currency), payout.Amount.MicroUnits)], "Payout came back", cancellationToken);
        if (posted is not null)
            return posted;
        Told(payout, "payout.failed");
        return true;
    }

    private async Task<long> RepayAsync(TenantId tenant, Money from, CancellationToken cancellationToken) =>
        await db.Debts.SingleOrDefaultAsync(d => d.TenantId == tenant && d.Currency == from.Currency, cancellationToken) is { } debt ? debt.Repay(from.MicroUnits) : 0;

    private async Task<Debt> DebtAsync(TenantId tenant, Currency currency, CancellationToken cancellationToken)
    {
        var debt = await db.Debts.SingleOrDefaultAsync(d => d.TenantId == tenant && d.Currency == currency, cancellationToken);
        if (debt is null)
            db.Debts.Add(debt = Debt.None(tenant, currency));
        return debt;
    }

    /// <summary>Posts; null when it stands in the ledger, now or already.</summary>
    private async Task<Error?> PostAsync(string purpose, string key, string subject, Guid subjectId, Posting[] postings, string note, CancellationToken cancellationToken)
    {
        // Billing's rows before the ledger's accounts, always: their locks are taken by this save.
        await db.SaveChangesAsync(cancellationToken);
        var transfer = Transfer.Create(Id.New<TransferId>(clock), purpose, key, subject, subjectId, postings, note);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        return posted.Error;
    }

    private void Moved(TenantId tenant, string purpose, Money amount) =>
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose, amount }, Audience.Of(tenant)));

    private void Told(Payout payout, string type)
    {
        audit.Record(type, "payout", payout.Id.Value, null, new { payout.Amount, payout.State, payout.Failure }, payout.TenantId);
        Moved(payout.TenantId, type, payout.Amount);
        outbox.Add(new LiveEvent(type, "payout", payout.Id.Value, payout.TenantId, new { id = payout.Id, amount = payout.Amount }, Audience.Of(payout.TenantId)));
    }
}
