using System.Text.Json;
using Hermes.Application.Agents.Public;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Posts a contract: as a draft, planned for its start, or open for bids at once.</summary>
/// <param name="Input">What the poster wrote.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record PostContract(ContractInput Input) : ICommand<ContractPosted>, IPays
{
    /// <summary>The agent that has it posted; null for a person, and for an agent that posts for itself.</summary>
    public AgentId? SpentBy { get; init; }

    /// <summary>The mandate that the agent names; null lets the ledger choose.</summary>
    public MandateId? Mandate { get; init; }

    /// <summary>The project that it is for; null for none.</summary>
    public string? Project { get; init; }

    /// <summary>The agents through which it came, <see cref="SpentBy"/> last; null asks what the acting agent works on.</summary>
    public SpendChain? Chain { get; init; }

    /// <inheritdoc />
    public PaymentCause? Cause => Input.Draft || Input.Repeat ? null
        : new PaymentCause("contract.post", SpentBy?.Value ?? Guid.Empty, Input.Reward, $"{JsonSerializer.Serialize(Input, HermesJson.Options)}\n{Mandate}\n{Project}");
}

/// <summary>A contract that was posted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State"><c>draft</c>, <c>scheduled</c> or <c>bidding</c>.</param>
/// <param name="StartsAt">When it opens; null for at once.</param>
/// <param name="BiddingClosesAt">When the window closes; null while it is not open.</param>
/// <param name="Reward">The reward.</param>
/// <param name="MaxPrice">The most a bid may ask.</param>
/// <param name="Version">Of a draft that was edited, for the next <c>If-Match</c>; null for one just posted.</param>
public sealed record ContractPosted(
    ContractId Id, ContractState State, DateTimeOffset? StartsAt, DateTimeOffset? BiddingClosesAt, Money Reward, Money MaxPrice, uint? Version = null)
{
    internal static ContractPosted Of(Contract contract) =>
        new(contract.Id, contract.State, contract.StartsAt, contract.BiddingClosesAt, contract.Reward, contract.MaxPrice);
}

internal sealed class PostContractHandler(
    IMeshDb db, IMilestoneDb milestones, IAgents agents, IJsonSchemaValidator schemas, IAwardTimer timer, ISpending spending, LoopSettings loops, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<PostContract, Result<ContractPosted>>
{
    public async Task<Result<ContractPosted>> Handle(PostContract request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        var preferences = await PreferencesOf.LoadAsync(db, actor, now, cancellationToken);
        var terms = await request.Input.ToTermsAsync(preferences, actor.RequiredTenant, agents, schemas, now, cancellationToken);
        if (!terms.Succeeded)
            return terms.Error;
        var posted = Contract.Post(Id.New<ContractId>(clock), actor.RequiredTenant, actor.Person, terms.Value, request.Input.Draft, now);
        if (!posted.Succeeded)
            return posted.Error;
        if ((request.SpentBy ?? actor.Agent) is { } agent && await BeginAsync(posted.Value, agent, request, cancellationToken) is { } refusal)
            return refusal;
        db.Contracts.Add(posted.Value);
        milestones.Milestones.AddRange(Milestone.Plan(posted.Value, terms.Value.Milestones, clock));
        audit.Record("contract.post", "contract", posted.Value.Id.Value, null, ContractPosted.Of(posted.Value));
        await ContractOpening.StageAsync(posted.Value, timer, outbox, cancellationToken);
        return ContractPosted.Of(posted.Value);
    }

    // The price is not known before the award, but the most that it can be; nor is the winner, so a mandate that names payees
    // pays for no contract. The award's hold counts what it really costs. Without a mandate an agent posts nothing: unlike the
    // price of a call, a reward is whatever the agent says.
    private async Task<Error?> BeginAsync(Contract contract, AgentId agent, PostContract request, CancellationToken cancellationToken)
    {
        contract.CameThrough(request.Chain ?? await spending.ChainOfAsync(agent, cancellationToken));
        if (contract.Chain.Refuses(null, loops.MaxDepth, loops.MaxRevisits) is { } looped)
            return looped;
        var begun = await spending.BeginAsync(new Spend(contract.TenantId, agent, "contract", contract.Id.Value, contract.MaxPrice, request.Mandate, null, null,
            contract.RequiredCapabilities, request.Project), cancellationToken);
        return begun.Error ?? (begun.Value.Mandate is null ? SpendErrors.MandateNeeded : null);
    }
}

/// <summary>What follows from a contract's publication, whichever use case published it.</summary>
internal static class ContractOpening
{
    /// <summary>Plans the wake-up of the engine for its start or its window's end, and announces it when it is open.</summary>
    public static async Task StageAsync(Contract contract, IAwardTimer timer, IOutbox outbox, CancellationToken cancellationToken)
    {
        if (contract.State == ContractState.Bidding)
            outbox.Add(MeshAnnouncements.Opened(contract));
        if ((contract.BiddingClosesAt ?? (contract.State == ContractState.Scheduled ? contract.StartsAt : null)) is { } dueAt)
            await timer.ScheduleAsync(contract.Id, dueAt, cancellationToken);
    }
}

/// <summary>The acting person's preferences.</summary>
internal static class PreferencesOf
{
    /// <summary>Stored ones, or the defaults; system actors have the defaults.</summary>
    public static async Task<Preferences> LoadAsync(IMeshDb db, Actor actor, DateTimeOffset now, CancellationToken cancellationToken) =>
        (actor.Person is { } person && actor.Tenant is { } tenant
            ? await db.Preferences.SingleOrDefaultAsync(p => p.TenantId == tenant && p.PersonId == person, cancellationToken)
            : null)
        ?? Preferences.Default(actor.RequiredTenant, actor.Person ?? default, now);
}
