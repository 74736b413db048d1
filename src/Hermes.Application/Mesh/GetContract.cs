using System.Text.Json;
using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>A contract with its bids and award as the viewer may see them, and what the viewer may do.</summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetContract(ContractId Id) : IQuery<ContractView>;

/// <summary>A contract.</summary>
public sealed record ContractView
{
    /// <summary>Its id.</summary>
    public required ContractId Id { get; init; }

    /// <summary>Version for <c>If-Match</c>.</summary>
    public required uint Version { get; init; }

    /// <summary>Where it is.</summary>
    public required ContractState State { get; init; }

    /// <summary>Posted by the viewer's tenant.</summary>
    public required bool Mine { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>What is to be done.</summary>
    public required string Intent { get; init; }

    /// <summary>The input.</summary>
    public required JsonElement Context { get; init; }

    /// <summary>The budget.</summary>
    public required Money Reward { get; init; }

    /// <summary>The most a bid may ask.</summary>
    public required Money MaxPrice { get; init; }

    /// <summary>Needed capabilities.</summary>
    public required IReadOnlyList<string> RequiredCapabilities { get; init; }

    /// <summary>Seconds.</summary>
    public required int BiddingWindowSeconds { get; init; }

    /// <summary>Seconds; null: as long as the bid promises.</summary>
    public required int? DeliveryWindowSeconds { get; init; }

    /// <summary>Seconds.</summary>
    public required int AcceptanceWindowSeconds { get; init; }

    /// <summary>What the result is checked against.</summary>
    public required ValidationInput Validation { get; init; }

    /// <summary>Who may bid.</summary>
    public required Visibility Visibility { get; init; }

    /// <summary>The invited agents; shown to the poster, empty to others.</summary>
    public required IReadOnlyList<AgentId> InvitedAgentIds { get; init; }

    /// <summary>Weights of the bid score.</summary>
    public required WeightsInput Weights { get; init; }

    /// <summary>Least effective trust.</summary>
    public required decimal MinReputation { get; init; }

    /// <summary>Least confidence.</summary>
    public required decimal MinConfidence { get; init; }

    /// <summary>The poster watches bids while the window is open.</summary>
    public required bool WatchBids { get; init; }

    /// <summary>The next best bid is awarded when a winner is late or gives up.</summary>
    public required bool Reaward { get; init; }

    /// <summary>All instants; null for what has not happened or is not planned.</summary>
    public required ContractTimes Times { get; init; }

    /// <summary>Why it ended or is disputed; null without a reason, and for those who lost it to another.</summary>
    public required string? Reason { get; init; }

    /// <summary>The winner's price: to poster and winner; null to others and before the award.</summary>
    public required Money? Price { get; init; }

    /// <summary>The result's score, to poster and winner; null before validation.</summary>
    public required decimal? ValidationScore { get; init; }

    /// <summary>Bids as the viewer may see them.</summary>
    public required BidsView Bids { get; init; }

    /// <summary>The award; null before.</summary>
    public required AwardView? Award { get; init; }

    /// <summary>What the viewer may do now.</summary>
    public required ContractMay May { get; init; }
}

/// <summary>Instants of a contract.</summary>
public sealed record ContractTimes(
    DateTimeOffset CreatedAt, DateTimeOffset? StartsAt, DateTimeOffset? OpenedAt, DateTimeOffset? BiddingClosesAt, DateTimeOffset? ExtendedAt,
    DateTimeOffset? WaitingForFundsAt, DateTimeOffset? FundsPatienceEndsAt, DateTimeOffset? AwardedAt, DateTimeOffset? StartedAt, DateTimeOffset? DeliverBy,
    DateTimeOffset? DeliveredAt, DateTimeOffset? AcceptBy, DateTimeOffset? ValidatedAt, DateTimeOffset? DisputedAt, DateTimeOffset? EndedAt);

/// <summary>The present award.</summary>
/// <param name="Round">Above 1 when it was passed on.</param>
/// <param name="AgentId">The winner, for poster and winner; null for those who lost to it.</param>
/// <param name="AgentName">Its name; null likewise.</param>
/// <param name="WonByViewer">Won by an agent of the viewer's tenant.</param>
/// <param name="TotalScore">0–100.</param>
/// <param name="HorizonSeconds">What times were measured by.</param>
/// <param name="TieBreak">What decided.</param>
/// <param name="RunnerUps">How many bids lost.</param>
/// <param name="AwardedAt">When.</param>
/// <param name="ByHand">A person chose.</param>
public sealed record AwardView(
    int Round, AgentId? AgentId, string? AgentName, bool WonByViewer, decimal TotalScore, int HorizonSeconds, TieBreak TieBreak, int RunnerUps,
    DateTimeOffset AwardedAt, bool ByHand);

/// <summary>What a viewer may do with a contract now: its permissions and the state both allow it.</summary>
public sealed record ContractMay(bool Edit, bool Publish, bool Cancel, bool Award, bool Bid, bool WithdrawBid, bool Start, bool Deliver, bool Validate, bool Settle, bool Dispute, bool ReadReceipt);

internal sealed class GetContractHandler(IMeshDb db, IAgents agents, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetContract, Result<ContractView>>
{
    public async Task<Result<ContractView>> Handle(GetContract request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } c)
            return MeshErrors.ContractNotFound;
        if (actor.Agent is { } agent && c.TenantId != actor.Tenant && !c.MayBid(agent, actor.RequiredTenant))
            return MeshErrors.ContractNotFound;
        var bids = await BidsOf.LoadAsync(db, agents, actor, c, cancellationToken);
        // That of the contract as it was read: another may have come meanwhile.
        var award = await db.AwardOutcomes.AsNoTracking().SingleOrDefaultAsync(o => o.ContractId == c.Id && o.Round == c.Rounds, cancellationToken);
        var (mine, won) = (c.TenantId == actor.Tenant, c.WinnerTenantId is { } owner && owner == actor.Tenant);
        var winner = award is not null && (mine || won) ? await agents.FindAsync(c.WinnerAgentId!.Value, cancellationToken) : null;
        return new ContractView
        {
            Id = c.Id,
            Version = c.Version,
            State = c.State,
            Mine = mine,
            Title = c.Title,
            Intent = c.Intent,
            Context = JsonSerializer.Deserialize<JsonElement>(c.Context),
            Reward = c.Reward,
            MaxPrice = c.MaxPrice,
            RequiredCapabilities = c.RequiredCapabilities,
            BiddingWindowSeconds = c.BiddingWindowSeconds,
            DeliveryWindowSeconds = c.DeliveryWindowSeconds,
            AcceptanceWindowSeconds = c.AcceptanceWindowSeconds,
            Validation = ValidationInput.Of(c.Validation),
            Visibility = c.Visibility,
            InvitedAgentIds = mine ? [.. c.InvitedAgents.Select(a => new AgentId(a))] : [],
            Weights = WeightsInput.Of(c.Weights),
            MinReputation = c.MinReputation,
            MinConfidence = c.MinConfidence,
            WatchBids = c.WatchBids,
            Reaward = c.Reaward,
            Times = new ContractTimes(
                c.CreatedAt, c.StartsAt, c.OpenedAt, c.BiddingClosesAt, c.ExtendedAt, mine ? c.WaitingForFundsAt : null,
                mine ? c.WaitingForFundsAt + Contract.FundsPatience : null, c.AwardedAt, c.StartedAt, c.DeliverBy, c.DeliveredAt, c.AcceptBy, c.ValidatedAt,
                c.DisputedAt, c.EndedAt),
            Reason = mine || won || award is null ? c.Reason : null,
            Price = mine || won ? c.Price : null,
            ValidationScore = mine || won ? c.ValidationScore : null,
            Bids = bids,
            Award = award is null ? null : new AwardView(
                award.Round, mine || won ? c.WinnerAgentId : null, mine || won ? winner?.Name ?? "" : null, won, award.TotalScore, award.HorizonSeconds, award.TieBreak, award.RunnerUps,
                award.AwardedAt, award.ByHand),
            May = MayOf(c, actor, bids, now, award is not null),
        };
    }

    private static ContractMay MayOf(Contract c, Actor actor, BidsView bids, DateTimeOffset now, bool awarded)
    {
        var mine = c.TenantId == actor.Tenant;
        var winner = actor.Agent is { } agent && c.WinnerAgentId == agent;
        var posts = mine && actor.Has(Permissions.ContractsCreate);
        var validates = mine && actor.Has(Permissions.ContractsValidate);
        return new ContractMay(
            Edit: posts && Allows(ContractAct.Edit),
            Publish: posts && c.State == ContractState.Draft,
            Cancel: posts && (Allows(ContractAct.Cancel) || c.State == ContractState.Awarded),
            Award: mine && actor.Has(Permissions.ContractsAward) && Allows(ContractAct.Award) && bids.Count > 0,
            Bid: actor.Agent is not null && actor.Has(Permissions.ContractsBid) && c.TakesBids(now),
            WithdrawBid: actor.Agent is not null && c.TakesBids(now) && bids.Items.Any(b => b.Own && b.State == BidState.Live),
            Start: winner && Allows(ContractAct.Start),
            Deliver: winner && !c.HasMilestones && Allows(ContractAct.Deliver) && !c.IsLate(now),
            Validate: validates && Allows(ContractAct.Validate),
            Settle: validates && Allows(ContractAct.Settle),
            Dispute: (validates || winner) && Allows(ContractAct.Dispute),
            ReadReceipt: awarded);

        bool Allows(ContractAct act) => ContractTransitions.Allows(c.State, act);
    }
}
