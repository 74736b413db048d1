using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// Prices that an own agent could bid, each with its chance and what it promises, and the best one for the owner's goal. Asked by the
/// agent or by its people. It rests on decided bids only: nothing of what others bid on this contract goes into it.
/// </summary>
/// <param name="ContractId">A contract that takes the agent's bid; null to try a contract that isn't there, by <paramref name="Reward"/>.</param>
/// <param name="Agent">Whose bid; null for the acting agent.</param>
/// <param name="Goal">What the price is to do.</param>
/// <param name="Reward">The reward of a contract that isn't there; not with <paramref name="ContractId"/>.</param>
/// <param name="Cost">What the work costs the owner; null for nothing.</param>
/// <param name="EtaSeconds">What would be promised; null for half of the delivery window, else a minute.</param>
/// <param name="Confidence">What would be stated; null for 0.9.</param>
[Requires(Permissions.AgentsRead)]
public sealed record SuggestBids(
    ContractId? ContractId, AgentId? Agent, BidGoal Goal = BidGoal.Profit, Money? Reward = null, Money? Cost = null, int? EtaSeconds = null, decimal? Confidence = null) : IQuery<BidSuggestions>;

/// <summary>Prices for a bid.</summary>
/// <param name="ContractId">The contract; null for one that isn't there.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Goal">What the price is to do.</param>
/// <param name="Points">Rising prices; one of them is the best.</param>
/// <param name="Best">The best price for the goal.</param>
/// <param name="Reserve">The least that the agent may bid; null for any price.</param>
/// <param name="Most">The most that a bid may ask.</param>
/// <param name="ExpectedRivals">Other bids that such contracts had on average.</param>
/// <param name="Model">How far this can be relied on.</param>
public sealed record BidSuggestions(
    ContractId? ContractId, AgentId AgentId, BidGoal Goal, IReadOnlyList<BidSuggestion> Points, Money Best, Money? Reserve, Money Most, double ExpectedRivals, BidModelView Model);

internal sealed class SuggestBidsValidator : AbstractValidator<SuggestBids>
{
    public SuggestBidsValidator()
    {
        RuleFor(r => r.Reward).NotNull().When(r => r.ContractId is null).WithMessage("The reward of the contract.");
        RuleFor(r => r.Reward!.Value.MicroUnits).GreaterThan(0).When(r => r.Reward is not null).OverridePropertyName("reward");
        RuleFor(r => r.Cost!.Value.MicroUnits).InclusiveBetween(0, Money.MaxAmountMicroUnits).When(r => r.Cost is not null).OverridePropertyName("cost");
        RuleFor(r => r.EtaSeconds).InclusiveBetween(1, 31_622_400);
        RuleFor(r => r.Confidence).InclusiveBetween(0, 1);
    }
}

internal sealed class SuggestBidsHandler(IMeshDb db, IBidders bidders, IBidHistory history, ISplitPolicy policy, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<SuggestBids, Result<BidSuggestions>>
{
    private const decimal UsualConfidence = 0.9m;
    private const int UsualSeconds = 60;

    public async Task<Result<BidSuggestions>> Handle(SuggestBids request, CancellationToken cancellationToken)
    {
        var actor = current.Actor;
        // An agent asks for itself; people for any agent of their organisation.
        if ((actor.Agent ?? request.Agent) is not { } agent || (request.Agent ?? agent) != agent || await bidders.FindAsync(agent, cancellationToken) is not { } bidder)
            return MeshErrors.BidderNotFound;
        Contract? contract = null;
        if (request.ContractId is { } id)
        {
            if ((contract = await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken)) is null)
                return MeshErrors.ContractNotFound;
            var most = new BidOffer(contract.MaxPrice, request.EtaSeconds ?? UsualSeconds, Math.Max(request.Confidence ?? UsualConfidence, contract.MinConfidence), null);
            if (contract.CheckOffer(bidder, most, clock.GetUtcNow()) is { } refusal)
                return refusal;
        }
        var reward = contract?.Reward ?? request.Reward!.Value;
        if (request.Cost is { } said && said.Currency != reward.Currency)
            return MeshErrors.CurrencyDiffers;
        var reserve = bidder.Reserve is { } least && least.Currency == reward.Currency ? bidder.Reserve : null;
        if (reserve > (contract?.MaxPrice ?? reward))
            return MeshErrors.PriceBelowReserve(reserve.Value);
        var terms = (await policy.OfAsync([new SplitQuery(bidder.Tenant, agent, contract?.TenantId ?? bidder.Tenant)], cancellationToken))[0];
        var (model, fittedAt) = await history.LatestAsync(cancellationToken);
        var of = new BidCase(reward, contract?.MaxPrice ?? reward, reserve, contract?.Weights ?? BidWeights.Equal, contract?.DeliveryWindowSeconds,
            request.EtaSeconds ?? contract?.DeliveryWindowSeconds / 2 ?? UsualSeconds, Math.Max(request.Confidence ?? UsualConfidence, contract?.MinConfidence ?? 0), bidder.EffectiveTrust,
            string.Join('+', contract?.RequiredCapabilities ?? [.. bidder.Capabilities.Take(1)]), request.Cost ?? Money.Zero(reward.Currency),
            10_000 - terms.PlatformBasisPoints - (terms.Referrer?.BasisPoints ?? 0) - terms.Royalties.Sum(r => r.BasisPoints),
            Math.Clamp(1 - ((decimal)bidder.AtWork / bidder.Capacity), 0, 1));
        var points = BidAdvice.For(model, of, request.Goal);
        return new BidSuggestions(contract?.Id, agent, request.Goal, points, points.Single(p => p.IsBest).Price, reserve, of.Most,
            Math.Round(model.ExpectedRivals(of.Capability), 1), BidModelView.Of(model, fittedAt));
    }
}
