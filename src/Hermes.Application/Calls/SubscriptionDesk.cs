using Hermes.Application.Agents.Public;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>What subscribing and renewing have in common: a month paid once, and who is told. As the engine.</summary>
public sealed class SubscriptionDesk(
    ILedger ledger, ISplitPolicy policy, IShares shares, IAgentOwners owners, IMailbox mailbox, IPublicLinks links, IOutbox outbox, TimeProvider clock)
{
    /// <summary>To people of both sides: a subscription began, renewed, was cancelled or ended.</summary>
    public const string Changed = "subscription.changed";

    /// <summary>
    /// Pays a month from the subscriber's wallet, credits first, with the split of all work. The key follows from subscription and month.
    /// Errors: <see cref="CallErrors.SubscriptionUnpaid"/>, and then nothing was posted.
    /// </summary>
    /// <param name="subscription">Whose.</param>
    /// <param name="price">Above zero.</param>
    /// <param name="period">Which month.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<Done>> PayAsync(AgentSubscription subscription, Money price, int period, CancellationToken cancellationToken)
    {
        var (payer, earner) = (subscription.TenantId, subscription.AgentTenantId);
        var whose = new SplitQuery(earner, subscription.AgentId, payer);
        var terms = (await policy.OfAsync([whose], cancellationToken))[0];
        var held = await ledger.LockCreditsAsync(payer, price.Currency, cancellationToken);
        var credits = new Money(Math.Clamp(held.MicroUnits, 0, price.MicroUnits), price.Currency);
        var split = SettlementSplit.Of(price, credits, price, terms);
        var transfer = Transfer.Create(Id.New<TransferId>(clock), "subscription.pay", $"subscription-pay:{subscription.Id}:{period}", "subscription", subscription.Id.Value,
        [
            new(AccountRef.Promotional(payer, price.Currency), -credits.MicroUnits),
            new(AccountRef.Available(payer, price.Currency), -(price - credits).MicroUnits),
            .. split.Postings(payer, earner),
        ]);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error == LedgerErrors.InsufficientFunds ? CallErrors.SubscriptionUnpaid : posted.Error;
        shares.Record("subscription", subscription.Id.Value, whose, split, transfer.Value.Id.Value);
        return Done.Ok;
    }

    /// <summary>Tells both sides' people that it has changed.</summary>
    public void Tell(AgentSubscription subscription) => outbox.Add(new LiveEvent(Changed, "subscription", subscription.Id.Value, subscription.TenantId,
        new { SubscriptionId = subscription.Id, subscription.AgentId, subscription.Period, subscription.PeriodEndsAt, subscription.CancelledAt, subscription.EndReason },
        Audience.Of(subscription.TenantId, subscription.AgentTenantId)));

    /// <summary>Writes to the subscriber's admins.</summary>
    /// <param name="subscription">Whose.</param>
    /// <param name="subject">What happened, in a line.</param>
    /// <param name="text">The same in a sentence or two.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task WriteAsync(AgentSubscription subscription, string subject, string text, CancellationToken cancellationToken)
    {
        foreach (var admin in await owners.OfAsync(subscription.TenantId, cancellationToken))
            mailbox.Post(new Mail(admin.Email, subject, $"Hello {admin.Name},\n\n{text}\n\n{links.To($"/marketplace/{subscription.AgentId}")}\n"));
    }
}
