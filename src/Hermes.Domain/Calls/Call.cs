using Hermes.Domain.Agents.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>How a call reaches its agent.</summary>
public enum CallTransport
{
    /// <summary>Down a socket that the agent opened.</summary>
    Socket,
    /// <summary>To the agent's endpoint.</summary>
    Http,
    /// <summary>An agent that is a part of Hermes.</summary>
    BuiltIn,
}

/// <summary>What became of a call's price.</summary>
public enum CallPayment
{
    /// <summary>It costs nothing.</summary>
    Free,
    /// <summary>Held in escrow while the call runs.</summary>
    Held,
    /// <summary>Paid to agent and platform.</summary>
    Settled,
    /// <summary>Back in the caller's wallet.</summary>
    Refunded,
}

/// <summary>What a new call is made of.</summary>
/// <param name="Tenant">The caller's tenant, which pays.</param>
/// <param name="CallerAgent">The calling agent; null for a person.</param>
/// <param name="CallerPerson">The calling person; null for an agent.</param>
/// <param name="Agent">The agent that was asked.</param>
/// <param name="ServedBy">The agent that takes it: the same or its backup.</param>
/// <param name="AgentTenant">Owner of <see cref="ServedBy"/>.</param>
/// <param name="Conversation">The conversation it belongs to.</param>
/// <param name="Context">The conversation's name as the caller knows it.</param>
/// <param name="Transport">How it goes there.</param>
/// <param name="Price">What it costs at most; zero or more.</param>
/// <param name="Credits">The part of the price that is held from promotional credits.</param>
/// <param name="Deadline">When it fails by itself.</param>
/// <param name="AgentDue">When the agent has had the time that its owner asks for.</param>
/// <param name="Backup">Takes over when the agent turns out not to be reachable; null for none.</param>
/// <param name="Parent">The call that the calling agent worked on; null for none.</param>
/// <param name="Chain">The agents through which it came, the calling one last; null for a person's call.</param>
/// <param name="Id">Its id, where something was begun for it already; null for a new one.</param>
/// <param name="Tariff">By which reported units are charged; null where the price is known beforehand.</param>
public sealed record CallTerms(
    TenantId Tenant, AgentId? CallerAgent, PersonId? CallerPerson, AgentId Agent, AgentId ServedBy, TenantId AgentTenant, Guid Conversation, string Context,
    CallTransport Transport, Money Price, long Credits, DateTimeOffset Deadline, DateTimeOffset AgentDue, AgentId? Backup = null,
    CallId? Parent = null, SpendChain? Chain = null, CallId? Id = null, UnitTariff? Tariff = null);

/// <summary>
/// One call of an agent, from permission to payment. To callers it is a task of the protocol: the task's id is the
/// call's, the context's id is the conversation's.
/// </summary>
public sealed class Call : ITenantOwned, IVersioned
{
    /// <summary>Longest name of a conversation.</summary>
    public const int MaxContextLength = 200;

    private Call() { }

    /// <summary>Its id.</summary>
    public CallId Id { get; private set; }

    /// <summary>The caller's tenant, which pays.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The calling agent; null for a person.</summary>
    public AgentId? CallerAgentId { get; private set; }

    /// <summary>The calling person; null for an agent.</summary>
    public PersonId? CallerPersonId { get; private set; }

    /// <summary>The agent that was asked.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The agent that takes it: the same or its backup.</summary>
    public AgentId ServedBy { get; private set; }

    /// <summary>Owner of <see cref="ServedBy"/>.</summary>
    public TenantId AgentTenantId { get; private set; }

    /// <summary>Calls of one conversation belong together.</summary>
    public Guid ConversationId { get; private set; }

    /// <summary>The conversation's name as the caller knows it: its own, or the conversation's id.</summary>
    public string ContextId { get; private set; } = "";

    /// <summary>How it goes to the agent.</summary>
    public CallTransport Transport { get; private set; }

    /// <summary>Where it is.</summary>
    public CallState State { get; private set; }

    /// <summary>What it costs at most: what was held.</summary>
    public Money Price { get; private set; }

    /// <summary>By which it is charged; null for the whole price.</summary>
    public UnitTariff? Tariff { get; private set; }

    /// <summary>Units that the agent reported, as it said it last; null for none.</summary>
    public long? Units { get; private set; }

    /// <summary>What was paid in the end, in micro-units of the price; null until it is settled.</summary>
    public long? ChargedMicroUnits { get; private set; }

    /// <summary>The part of the price that was held from promotional credits, in micro-units.</summary>
    public long PromotionalMicroUnits { get; private set; }

    /// <summary>What became of the price.</summary>
    public CallPayment Payment { get; private set; }

    /// <summary>Why it failed: a stable code; null unless it did.</summary>
    public string? ErrorCode { get; private set; }

    /// <summary>Why it failed, for people; null unless it did.</summary>
    public string? ErrorMessage { get; private set; }

    /// <summary>The task's id at the agent's own server; null where there is none.</summary>
    public string? RemoteTaskId { get; private set; }

    /// <summary>The context's id at the agent's own server; null where there is none.</summary>
    public string? RemoteContextId { get; private set; }

    /// <summary>The contract that it was posted as; null but for calls of the mesh itself.</summary>
    public ContractId? ContractId { get; private set; }

    /// <summary>The last event's number; events count from 1.</summary>
    public int LastSequence { get; private set; }

    /// <summary>The last step's number.</summary>
    public int LastStep { get; private set; }

    /// <summary>When it was permitted and paid for.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When its state last changed.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>When it fails by itself.</summary>
    public DateTimeOffset DeadlineAt { get; private set; }

    /// <summary>When the agent has had the time that its owner asks for, not counting what it waited for the caller.</summary>
    public DateTimeOffset AgentDueAt { get; private set; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Takes over when the agent turns out not to be reachable; null for none.</summary>
    public AgentId? BackupAgentId { get; private set; }

    /// <summary>The last of the caller's messages that was handed to the agent's endpoint; 0 for none.</summary>
    public int HandedSequence { get; private set; }

    /// <summary>The node that carries it to the agent; null where none needs to.</summary>
    public Guid? CarrierId { get; private set; }

    /// <summary>Until when the carrier is believed to live; null where there is none.</summary>
    public DateTimeOffset? CarriedUntil { get; private set; }

    /// <summary>The call that the calling agent worked on when it made this one; null for none.</summary>
    public CallId? ParentCallId { get; private set; }

    /// <summary>The agents through which it came, from the first to the calling one; empty for a person's call.</summary>
    public Guid[] ChainAgents { get; private set; } = [];

    /// <summary>The calling agent's mandate; null where it pays without.</summary>
    public MandateId? MandateId { get; private set; }

    /// <summary>The subscription that pays for it; null for none.</summary>
    public AgentSubscriptionId? SubscriptionId { get; private set; }

    /// <summary>The project that it is for; null for none.</summary>
    public string? Project { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>True when nothing more happens.</summary>
    public bool IsEnded => CallTransitions.Final.Contains(State);

    /// <summary>
    /// True when it failed by the agent's fault, which its circuit and its trust count. Neither the caller's haste or silence
    /// is its fault, nor what happened to Hermes.
    /// </summary>
    public bool IsAgentsFault => State == CallState.Failed && ErrorCode switch
    {
        CallFailures.Late => DeadlineAt >= AgentDueAt,
        CallFailures.Unanswered or CallFailures.Interrupted or CallFailures.NotCarried => false,
        _ => true,
    };

    /// <summary>The conversation that a caller means by a name: an id as it is, any other name within its own tenant.</summary>
    public static Guid ConversationOf(TenantId tenant, string context) =>
        Guid.TryParseExact(context, "D", out var id) ? id : new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{tenant}/{context}")).AsSpan(0, 16));

    /// <summary>A new call, submitted.</summary>
    public static Call Start(CallTerms terms, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new Call
        {
            Id = terms.Id ?? Domain.Shared.Id.New<CallId>(clock),
            TenantId = terms.Tenant,
            CallerAgentId = terms.CallerAgent,
            CallerPersonId = terms.CallerPerson,
            AgentId = terms.Agent,
            ServedBy = terms.ServedBy,
            AgentTenantId = terms.AgentTenant,
            ConversationId = terms.Conversation,
            ContextId = terms.Context,
            Transport = terms.Transport,
            State = CallState.Submitted,
            Price = terms.Price,
            Tariff = terms.Tariff,
            PromotionalMicroUnits = terms.Credits,
            Payment = terms.Price.IsZero ? CallPayment.Free : CallPayment.Held,
            CreatedAt = now,
            ChangedAt = now,
            DeadlineAt = terms.Deadline,
            AgentDueAt = terms.AgentDue,
            BackupAgentId = terms.Backup,
            ParentCallId = terms.Parent,
            ChainAgents = [.. (terms.Chain ?? SpendChain.None).Agents.Select(agent => agent.Value)],
        };
    }

    /// <summary>A node carries it, and is believed to live until then.</summary>
    public void CarryBy(Guid node, DateTimeOffset until) => (CarrierId, CarriedUntil) = (node, until);

    /// <summary>False when another node has claimed it since: what this one still says of it comes too late.</summary>
    public bool MayBeCarriedBy(Guid node) => CarrierId is null || CarrierId == node;

    /// <summary>The agents through which it came.</summary>
    public SpendChain Chain() => new([.. ChainAgents.Select(id => new AgentId(id))]);

    /// <summary>It is paid by a mandate, or without one (null), for a project or none.</summary>
    public void SpendBy(MandateId? mandate, string? project) => (MandateId, Project) = (mandate, project);

    /// <summary>Does what the table allows.</summary>
    public Result<Done> Do(CallAct act, TimeProvider clock)
    {
        var next = CallTransitions.Next(State, act);
        if (!next.Succeeded)
            return IsEnded ? CallErrors.Ended : next.Error;
        var now = clock.GetUtcNow();
        if (CallTransitions.Interrupted.Contains(State))
            AgentDueAt += now - ChangedAt;
        State = next.Value;
        ChangedAt = now;
        if (IsEnded)
        {
            EndedAt = ChangedAt;
            (CarrierId, CarriedUntil) = (null, null);
        }
        return Done.Ok;
    }

    /// <summary>Fails it with a reason.</summary>
    public Result<Done> Fail(string code, string message, TimeProvider clock)
    {
        if (Do(CallAct.Fail, clock).Error is { } refusal)
            return refusal;
        (ErrorCode, ErrorMessage) = (code, message.Length > 500 ? message[..500] : message);
        return Done.Ok;
    }

    /// <summary>Fails it because its deadline is over: the agent is late, or the caller never answered it.</summary>
    public Result<Done> Expire(TimeProvider clock) => CallTransitions.Interrupted.Contains(State)
        ? Fail(CallFailures.Unanswered, "The agent's question was not answered in time.", clock)
        : Fail(CallFailures.Late, "The agent did not finish in time.", clock);

    /// <summary>What it costs by what was reported up to now; never more than was held.</summary>
    public Money Charge() => Tariff?.Charge(Units) is { } charge && charge < Price ? charge : Price;

    /// <summary>The agent says how many units it took; more than the caller allowed are not charged.</summary>
    public void Count(long units) => Units = Math.Max(0, units);

    /// <summary>So much of the price was paid, the rest given back; null: all of it was given back.</summary>
    public void Pay(Money? charged)
    {
        if (Payment == CallPayment.Held)
            (Payment, ChargedMicroUnits) = (charged is null ? CallPayment.Refunded : CallPayment.Settled, charged?.MicroUnits);
    }

    /// <summary>It costs less than was held; answers with what goes back: to promotional credits what the rest of the price needs none of.</summary>
    /// <param name="price">At most the price so far.</param>
    public (long Promotional, long Available) Lower(Money price)
    {
        var (total, credits) = (Price.MicroUnits - price.MicroUnits, Math.Min(PromotionalMicroUnits, price.MicroUnits));
        var promotional = PromotionalMicroUnits - credits;
        (Price, PromotionalMicroUnits) = (price, credits);
        if (price.IsZero && Payment == CallPayment.Held)
            Payment = CallPayment.Free;
        return (promotional, total - promotional);
    }

    /// <summary>A subscription pays for it; null: no longer.</summary>
    public void IncludeIn(AgentSubscriptionId? subscription) => SubscriptionId = subscription;

    /// <summary>The next event's number.</summary>
    public int NextSequence() => ++LastSequence;

    /// <summary>The next step's number.</summary>
    public int NextStep() => ++LastStep;

    /// <summary>What the agent's own server calls it.</summary>
    public void Known(string? task, string? context)
    {
        RemoteTaskId = task ?? RemoteTaskId;
        RemoteContextId = context ?? RemoteContextId;
    }

    /// <summary>It was posted as a contract.</summary>
    public void PostedAs(ContractId contract) => ContractId = contract;

    /// <summary>A message goes to the agent's endpoint now; what becomes of it is not known until the agent answers.</summary>
    public void Hand(int sequence) => HandedSequence = Math.Max(HandedSequence, sequence);

    /// <summary>The backup takes it over, from its first message, with the time that its own owner asks for and by its own terms.</summary>
    public void PassTo(AgentId agent, TenantId owner, CallTransport transport, DateTimeOffset agentDue, UnitTariff? tariff)
    {
        (AgentDueAt, Tariff, Units) = (agentDue, tariff, null);
        (ServedBy, AgentTenantId, Transport, RemoteTaskId, RemoteContextId) = (agent, owner, transport, null, null);
        (BackupAgentId, HandedSequence, CarrierId, CarriedUntil) = (null, 0, null, null);
    }
}
