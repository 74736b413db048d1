using System.Diagnostics;
using System.Text.Json.Serialization;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust.Public;

namespace Hermes.Application.Calls;

/// <summary>
/// What every change of a call has in common: its price held, paid or given back once (the transfers' keys follow from
/// the call), its events and steps, what is told and who is woken. Locks are taken in the order call, subscription, gate, ledger, trust.
/// </summary>
public sealed class CallDesk(
    ICallsDb db, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, ICallGates gates, ICallFeed feed, ICallCarrier carrier, IFaultPoints faults, IUnitOfWork work, IOutbox outbox, TimeProvider clock)
{
    /// <summary>To the agent: a new call.</summary>
    public const string Requested = "call.requested";

    /// <summary>To the agent: the caller said something more.</summary>
    public const string Said = "call.message";

    /// <summary>To the agent: it was called off, or is late.</summary>
    public const string CalledOff = "call.cancelled";

    /// <summary>To the node that carries it: the agent has news. Nobody else hears it.</summary>
    public const string Notified = "call.notified";

    /// <summary>To people of both sides: something happened.</summary>
    public const string Updated = "call.updated";

    /// <summary>Holds the price: credits first.</summary>
    public async Task<Result<Done>> HoldAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Price.IsZero)
            return Done.Ok;
        var currency = call.Price.Currency;
        var hold = Transfer.Create(Id.New<TransferId>(clock), "call.hold", $"call-hold:{call.Id}", "call", call.Id.Value,
        [
            new(AccountRef.Promotional(call.TenantId, currency), -call.PromotionalMicroUnits),
            new(AccountRef.Available(call.TenantId, currency), -(call.Price.MicroUnits - call.PromotionalMicroUnits)),
            new(Escrow(call), call.Price.MicroUnits),
        ]);
        if (!hold.Succeeded)
            return hold.Error;
        faults.Reach("call.before_hold");
        var posted = await ledger.PostWithinAsync([hold.Value], cancellationToken);
        faults.Reach("call.after_hold");
        return posted.Succeeded ? Done.Ok : posted.Error == LedgerErrors.InsufficientFunds ? CallErrors.InsufficientFunds : posted.Error;
    }

    /// <summary>
    /// Promotional credits that a price is paid from. The payer's wallet is locked from here on, so that two calls never
    /// count on the same credits: hold the price next.
    /// </summary>
    public async Task<long> CreditsForAsync(TenantId payer, Money price, CancellationToken cancellationToken) => price.IsZero
        ? 0
        : Math.Min(price.MicroUnits, Math.Max(0, (await ledger.LockCreditsAsync(payer, price.Currency, cancellationToken)).MicroUnits));

    /// <summary>Lowers the price of a call that a cheaper agent takes over: the difference goes back at once.</summary>
    public async Task<Result<Done>> LowerAsync(Call call, Money price, CancellationToken cancellationToken)
    {
        if (price == call.Price)
            return Done.Ok;
        var before = call.Price;
        var (promotional, available) = call.Lower(price);
        var refund = Transfer.Create(Id.New<TransferId>(clock), "call.refund", $"call-lower:{call.Id}", "call", call.Id.Value,
        [
            new(Escrow(call), -(promotional + available)),
            new(AccountRef.Promotional(call.TenantId, price.Currency), promotional),
            new(AccountRef.Available(call.TenantId, price.Currency), available),
        ]);
        if (!refund.Succeeded)
            return refund.Error;
        var posted = await ledger.PostWithinAsync([refund.Value], cancellationToken);
        if (posted.Succeeded)
            Step(call, "refund", $"{price} instead of {before}", true);
        return posted.Succeeded ? Done.Ok : posted.Error;
    }

    /// <summary>
    /// After a call has reached its end: pays or gives back, tells the gate and trust of a success and of what is the agent's
    /// fault. Trust hears of other tenants' calls only.
    /// </summary>
    public async Task<Result<Done>> ConcludeAsync(Call call, CancellationToken cancellationToken)
    {
        var done = call.State == CallState.Completed;
        if (!done)
            await GiveBackIncludedAsync(call, cancellationToken);
        var counts = (done || call.IsAgentsFault) && call.Transport != CallTransport.BuiltIn;
        if (counts)
            await gates.ConcludeAsync(call.ServedBy, done, call.CreatedAt, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var earned = Money.Zero(call.Price.Currency);
        if (call.Payment == CallPayment.Held)
        {
            var whose = new SplitQuery(call.AgentTenantId, call.ServedBy, call.TenantId);
            var terms = done ? (await policy.OfAsync([whose], cancellationToken))[0] : SplitTerms.Plain(0);
            var split = SettlementSplit.Of(call.Price, new Money(call.PromotionalMicroUnits, call.Price.Currency), done ? call.Charge() : Money.Zero(call.Price.Currency), terms);
            var transfer = Transfer.Create(Id.New<TransferId>(clock), done ? "call.settle" : "call.refund", $"call-end:{call.Id}", "call", call.Id.Value,
            [
                new(Escrow(call), -split.Price.MicroUnits),
                .. split.Postings(call.TenantId, call.AgentTenantId),
            ]);
            if (!transfer.Succeeded)
                return transfer.Error;
            faults.Reach("call.before_end");
            var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
            if (!posted.Succeeded)
                return posted.Error;
            faults.Reach("call.after_ledger");
            call.Pay(done ? split.Released : null);
            shares.Record("call", call.Id.Value, whose, split, transfer.Value.Id.Value);
            earned = split.Agent;
            Step(call, done ? "settle" : "refund", done ? $"{split.AgentSide} to the agent, {split.Platform} to the platform" : $"{split.Price} back to the caller", true, started);
        }
        if (counts && call.TenantId != call.AgentTenantId)
        {
            await trust.RecordOutcomesAsync([new Outcome(call.ServedBy, call.AgentTenantId, new ContractId(call.Id.Value), call.TenantId, done, done,
                done ? 1 : 0, false, earned, clock.GetUtcNow())], cancellationToken);
        }
        faults.Reach("call.before_commit");
        work.AfterCommit(() => faults.Reach("call.after_commit"));
        return Done.Ok;
    }

    /// <summary>Gives an included call back to its subscription, while its month lasts: the agent did not do it.</summary>
    public async Task GiveBackIncludedAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.SubscriptionId is not { } subscription)
            return;
        await db.GiveBackIncludedAsync(subscription, call.CreatedAt, cancellationToken);
        call.IncludeIn(null);
    }

    /// <summary>Adds an event.</summary>
    public CallEvent Happened(Call call, CallEventKind kind, string? body, bool append = false, bool lastChunk = false)
    {
        var happened = CallEvent.Of(call, kind, body, clock, append, lastChunk);
        db.CallEvents.Add(happened);
        return happened;
    }

    /// <summary>Adds a step that began at the timestamp and is over now.</summary>
    public void Step(Call call, string name, string detail, bool ok, long? startedTimestamp = null, long? bytes = null)
    {
        var took = startedTimestamp is { } started ? Stopwatch.GetElapsedTime(started) : (TimeSpan?)null;
        db.CallSteps.Add(CallStep.Of(call, name, detail, ok, clock.GetUtcNow() - (took ?? TimeSpan.Zero), took is null ? null : (long)took.Value.TotalMicroseconds, bytes));
    }

    /// <summary>Tells both sides' people, and wakes who waits.</summary>
    public void Tell(Call call)
    {
        var news = new CallUpdated(call.Id, call.State, call.LastSequence);
        outbox.Add(new LiveEvent(Updated, "call", call.Id.Value, call.TenantId, news,
            call.AgentTenantId == TenantId.Platform ? Audience.Of(call.TenantId) : Audience.Of(call.TenantId, call.AgentTenantId)));
        work.AfterCommit(() => feed.Pulse(call.Id, news.News));
    }

    /// <summary>Hands the call to whoever takes it to its agent.</summary>
    /// <param name="call">The call.</param>
    /// <param name="type"><see cref="Requested"/>, <see cref="Said"/> or <see cref="CalledOff"/>.</param>
    /// <param name="message">The message's JSON; null when called off.</param>
    public void Send(Call call, string type, string? message)
    {
        if (call.Transport == CallTransport.Socket)
        {
            outbox.Add(new LiveEvent(type, "call", call.Id.Value, call.TenantId, new
            {
                CallId = call.Id,
                call.ConversationId,
                call.ContextId,
                CallerAgentId = call.CallerAgentId,
                CallerTenantId = call.TenantId,
                call.Price,
                call.DeadlineAt,
                MaxUnits = call.Tariff?.Most,
                Message = message is null ? (System.Text.Json.JsonElement?)null : System.Text.Json.JsonElement.Parse(message),
            }, Audience.Of(call.ServedBy)));
        }
        else if (type == CalledOff)
        {
            work.AfterCommit(() => carrier.CallOff(call.Id));
        }
        else if (type == Requested)
        {
            carrier.Take(call);
            work.AfterCommit(() => carrier.Carry(call.Id));
        }
        else
        {
            work.AfterCommit(() => carrier.Wake(call.Id));
        }
    }

    private static AccountRef Escrow(Call call) => new(AccountKind.Escrow, call.Id.Value, call.TenantId, call.Price.Currency);
}

/// <summary>The content of <see cref="CallDesk.Updated"/>.</summary>
/// <param name="CallId">The call.</param>
/// <param name="State">Its state.</param>
/// <param name="LastSequence">The number of its last event.</param>
public sealed record CallUpdated(CallId CallId, CallState State, int LastSequence)
{
    /// <summary>Up to which event there is news: an end is news to everybody.</summary>
    [JsonIgnore]
    public int News => CallTransitions.Final.Contains(State) ? int.MaxValue : LastSequence;
}
