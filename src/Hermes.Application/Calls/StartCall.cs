using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Calls an agent: permission, state, access in the stated order, approval, origin, budget, the agent's gate, and the price
/// held, all in one transaction with the call. What follows happens without the caller.
/// </summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Message">A message of the protocol.</param>
[Requires(Permissions.AgentsCall)]
public sealed record StartCall(AgentId AgentId, JsonElement Message) : ICommand<CallView>
{
    /// <summary>The conversation that it goes on; null for a new one.</summary>
    public string? Context { get; init; }

    /// <summary>Where to send its events; null for nowhere.</summary>
    public PushConfigInput? Push { get; init; }

    /// <summary>Seconds until it fails by itself; null for the agent's own.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>The most that the caller pays; null for the agent's price.</summary>
    public Money? MaxPrice { get; init; }

    /// <summary>The most units that the caller allows, where the agent is paid by units; null for as many as its terms do.</summary>
    public long? MaxUnits { get; init; }

    /// <summary>Takes over when the agent can't be reached; null for the agent's own backup.</summary>
    public AgentId? BackupAgentId { get; init; }

    /// <summary>The request's <c>Origin</c>; null for none.</summary>
    public string? Origin { get; init; }

    /// <summary>The calling agent's mandate to pay by; null lets the ledger choose one that fits. People have none.</summary>
    public MandateId? Mandate { get; init; }

    /// <summary>The project that it is for; null for none.</summary>
    public string? Project { get; init; }

    /// <summary>The call that the calling agent is working on; null: the deepest of those that it works on now.</summary>
    public CallId? Parent { get; init; }

    /// <summary>True for an intended repeat: the same call is made and paid again, also right after the first.</summary>
    public bool Repeat { get; init; }
}

internal sealed class StartCallValidator : AbstractValidator<StartCall>
{
    public StartCallValidator()
    {
        RuleFor(r => r.TimeoutSeconds).InclusiveBetween(1, CallPolicy.MaxTimeoutSeconds);
        RuleFor(r => r.Context).Length(1, Call.MaxContextLength);
        RuleFor(r => r.Project).Length(1, 80);
    }
}

internal sealed class StartCallHandler(
    ICallsDb db, ICallDirectory directory, CallAdmission admission, CallDesk desk, ISpending spending, LoopSettings loops, IPaysOnce once, IPushSecrets secrets,
    IFaultPoints faults, IUnitOfWork work, IAudit audit, ICurrentActor current, IQuotas quotas, TimeProvider clock)
    : IRequestHandler<StartCall, Result<CallView>>
{
    public async Task<Result<CallView>> Handle(StartCall request, CancellationToken cancellationToken)
    {
        var actor = current.Actor;
        var began = Stopwatch.GetTimestamp();
        if (await directory.FindAsync(request.AgentId, actor.RequiredTenant, actor.Agent, cancellationToken) is not { } found)
            return CallErrors.AgentNotFound;
        // Locked until the call is made: two calls never count on the same included one.
        var subscription = found.Subscription is { } there ? await db.LockSubscriptionAsync(there.Id, cancellationToken) : null;
        found = found with { Subscription = subscription is { EndedAt: null } ? SubscriptionFacts.Of(subscription) : null };
        var permitted = await PermitAsync(found, request, AskOf(request), cancellationToken);
        // The last included call has used them up for its own retry, too.
        var usedBefore = permitted.Error == PriceErrors.CallsUsedUp;
        if (!permitted.Succeeded && !usedBefore)
            return permitted.Error;
        // By the listed price, which a retry finds again: a dynamic one has moved by the very call that it retries.
        if ((usedBefore || permitted.Value.IsIncluded || !permitted.Value.Price.IsZero) && !request.Repeat && await once.EarlierAsync<CallView>(new PaymentCause("call.hold", found.Id.Value, found.Terms.Listed,
                $"{request.Message.ValueKind switch { JsonValueKind.Undefined => "", _ => request.Message.GetRawText() }}\n{request.Context}\n{request.Mandate}\n{request.Project}\n{request.MaxUnits}"), cancellationToken) is { } earlier)
            return earlier;
        if (!permitted.Succeeded)
            return permitted.Error;
        var asked = permitted.Value;
        if (await quotas.TakeAsync(actor.RequiredTenant, PlanUse.Call, cancellationToken) is { } usedUp)
            return usedUp;
        var from = await CameFromAsync(request, cancellationToken);
        if (!from.Succeeded)
            return from.Error;
        var looked = Stopwatch.GetTimestamp();
        var chosen = await ChooseAsync(asked, request, cancellationToken);
        if (!chosen.Succeeded)
            return chosen.Error;
        var (target, why) = chosen.Value;
        if (from.Value.Chain.Refuses(target.Id, loops.MaxDepth, loops.MaxRevisits) is { } looped)
            return looped;

        var now = clock.GetUtcNow();
        var context = request.Context ?? Guid.CreateVersion7(now).ToString();
        var conversation = Call.ConversationOf(actor.RequiredTenant, context);
        if (request.Context is not null && await db.Calls.AnyAsync(c => c.ConversationId == conversation && c.TenantId != actor.RequiredTenant, cancellationToken))
            return CallErrors.OtherConversation;
        var id = Id.New<CallId>(clock);
        // Before the wallet is locked: mandates come first in the order of locks.
        MandateId? mandate = null;
        if (actor.Agent is { } spender && !target.Price.IsZero)
        {
            var begun = await spending.BeginAsync(
                new Spend(actor.RequiredTenant, spender, "call", id.Value, target.Price, request.Mandate, target.Id, target.TenantId, target.Capabilities, request.Project), cancellationToken);
            if (!begun.Succeeded)
                return begun.Error;
            mandate = begun.Value.Mandate;
        }
        var credits = await desk.CreditsForAsync(actor.RequiredTenant, target.Price, cancellationToken);
        var call = Call.Start(new CallTerms(actor.RequiredTenant, actor.Agent, actor.Person, asked.Id, target.Id, target.TenantId,
            conversation, context, target.Transport!.Value, target.Price, credits,
            now.AddSeconds(request.TimeoutSeconds ?? target.TimeoutSeconds), now.AddSeconds(target.TimeoutSeconds), why is null ? request.BackupAgentId ?? asked.Backup : null,
            from.Value.Parent, from.Value.Chain, id, target.Tariff), clock);
        var message = CallMessage.Of(request.Message, "ROLE_USER", call.Id, call.ContextId, clock);
        if (!message.Succeeded)
            return message.Error;
        desk.Step(call, "permission", Words(target.Access.Reason), true, began, message.Value.Length);
        if (why is not null)
            desk.Step(call, "failover", $"{asked.Name} → {target.Name}: {why.Code}", true);
        desk.Step(call, "gate", $"at most {target.MaxParallel} at the same time", true, looked);
        var holding = Stopwatch.GetTimestamp();
        call.SpendBy(mandate ?? (actor.Agent is null ? null : request.Mandate), request.Project);
        if (target.IsIncluded)
        {
            subscription!.Use();
            call.IncludeIn(subscription.Id);
            desk.Step(call, "subscription", string.Create(CultureInfo.InvariantCulture, $"call {subscription.UsedCalls} of {subscription.Terms.Subscription!.IncludedCalls?.ToString(CultureInfo.InvariantCulture) ?? "any number"}"), true);
        }
        db.Calls.Add(call);
        if ((await desk.HoldAsync(call, cancellationToken)).Error is { } uncovered)
            return uncovered;
        if (!call.Price.IsZero)
            desk.Step(call, "hold", call.Price.ToString(), true, holding);
        if (request.Push is { } push)
        {
            var config = PushConfig.Make(call, push.Id, push.Url, push.Seal(secrets), clock);
            if (!config.Succeeded)
                return config.Error;
            db.PushConfigs.Add(config.Value);
        }
        desk.Happened(call, CallEventKind.Message, message.Value);
        audit.Record("call.start", "call", call.Id.Value, null, new { call.AgentId, call.ServedBy, call.Price });
        work.AfterCommit(() => faults.Reach("call.after_accept"));
        desk.Send(call, CallDesk.Requested, message.Value);
        desk.Tell(call);
        return CallView.Of(call, actor.Tenant);
    }

    /// <summary>
    /// What an agent's call came from: the call that it names, else the deepest of the calls and contracts that it works on. So a chain
    /// is known also where an agent says nothing of it, and an agent that works on nothing begins a chain of its own.
    /// </summary>
    private async Task<Result<CameFrom>> CameFromAsync(StartCall request, CancellationToken cancellationToken)
    {
        if (current.Actor.Agent is not { } caller)
            return request.Parent is null ? new CameFrom(null, SpendChain.None) : CallErrors.NotItsParent;
        var working = await db.Calls.AsNoTracking().Where(c => c.ServedBy == caller && c.EndedAt == null).OrderByDescending(c => c.CreatedAt).Take(200)
            .Select(c => new { c.Id, c.ChainAgents }).ToListAsync(cancellationToken);
        var parent = request.Parent is { } named ? working.SingleOrDefault(c => c.Id == named) : working.MaxBy(c => c.ChainAgents.Length);
        if (request.Parent is not null && parent is null)
            return CallErrors.NotItsParent;
        var through = request.Parent is null ? await spending.ChainOfAsync(caller, cancellationToken) : new SpendChain([.. parent!.ChainAgents.Select(id => new AgentId(id)), caller]);
        // A contract may be deeper than all calls: then none of them is what this one came from.
        return new CameFrom(through.Agents.Count == parent?.ChainAgents.Length + 1 ? parent?.Id : null, through);
    }

    private sealed record CameFrom(CallId? Parent, SpendChain Chain);

    private async Task<Result<CallTarget>> PermitAsync(CallTarget target, StartCall request, CallAsk ask, CancellationToken cancellationToken)
    {
        var permitted = await admission.PermitAsync(target, request.Origin, ask, cancellationToken);
        return permitted.Succeeded && CallAdmission.RefuseOrder(current.Actor, target.Id, current.Actor.Agent) is { } refusal ? refusal : permitted;
    }

    private static CallAsk AskOf(StartCall request) => new(request.Message, request.TimeoutSeconds, request.MaxUnits, request.MaxPrice);

    /// <summary>The agent, or its backup when the agent can't be reached and the backup may be called, too, for no more money; no subscription of the backup counts.</summary>
    private async Task<Result<(CallTarget Target, Error? Why)>> ChooseAsync(CallTarget asked, StartCall request, CancellationToken cancellationToken)
    {
        if (await admission.AdmitAsync(asked, cancellationToken) is not { } why)
            return (asked, null);
        if (why.Kind != ErrorKind.Unavailable || (request.BackupAgentId ?? asked.Backup) is not { } id || id == asked.Id)
            return why;
        var actor = current.Actor;
        if (await directory.FindAsync(id, actor.RequiredTenant, actor.Agent, cancellationToken) is not { } backup
            || await PermitAsync(backup with { Subscription = null }, request, (AskOf(request) with { MaxPrice = request.MaxPrice ?? asked.Price }).Of(backup), cancellationToken) is not { Succeeded: true } permitted
            || await admission.AdmitAsync(backup, cancellationToken) is not null)
            return why;
        return (permitted.Value, why);
    }

    private static string Words(AccessReason reason) => reason switch
    {
        AccessReason.AllowedByAgent => "allowed by a rule of the agent",
        AccessReason.AllowedByOrganisation => "allowed by a rule of its organisation",
        AccessReason.SameTenant => "same organisation",
        _ => "the agent is public",
    };
}
