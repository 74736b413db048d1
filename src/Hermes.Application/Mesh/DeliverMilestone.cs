using System.Text;
using System.Text.Json;
using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Application.Mesh;

/// <summary>The winner hands a milestone's result in. Where the milestone has rules they are run at once and release its part; else the poster accepts or rejects.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Place">The milestone's place, from 1; those before it are over.</param>
/// <param name="Result">The result, any JSON value of at most <see cref="ValidationRules.MostBytes"/> bytes.</param>
[Requires(Permissions.ContractsDeliver)]
public sealed record DeliverMilestone(ContractId Id, int Place, JsonElement Result) : ICommand<MilestoneView>, IAcrossTenants;

/// <summary>The poster accepts or rejects a milestone's result that no rule has scored; its part follows at once.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Place">The milestone's place.</param>
/// <param name="Accept">True to pay by the score; false to hold its part and open a dispute about it.</param>
/// <param name="Score">0–1: at least 0.6 when accepted (1 when null), less when rejected (0 when null).</param>
/// <param name="Reason">Why; needed when rejected.</param>
[Requires(Permissions.ContractsValidate)]
public sealed record ValidateMilestone(ContractId Id, int Place, bool Accept, decimal? Score = null, string? Reason = null) : ICommand<MilestoneView>, IAcrossTenants;

/// <summary>The poster calls the rest off between two milestones: what is held goes back, what was paid stays paid.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">A line to the winner; null for none.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record CancelRest(ContractId Id, string? Reason = null) : ICommand<ContractStateView>, IAcrossTenants;

/// <summary>A contract's milestones.</summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record ListMilestones(ContractId Id) : IQuery<MilestonesView>;

/// <summary>Accepts, with full marks, milestones whose acceptance window is over without the poster's word.</summary>
/// <param name="Id">The contract.</param>
[RequiresSystem]
public sealed record AcceptMilestone(ContractId Id) : ICommand<MilestoneView>;

/// <summary>The milestones of a contract.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Items">In their order; empty for a contract as a whole.</param>
/// <param name="MayDeliver">The place of the one that the viewer may deliver now; null for none.</param>
/// <param name="MayValidate">The place of the one that the viewer may accept or reject now; null for none.</param>
/// <param name="MayCancelRest">The viewer may call the rest off now.</param>
public sealed record MilestonesView(ContractId ContractId, IReadOnlyList<MilestoneView> Items, int? MayDeliver, int? MayValidate, bool MayCancelRest);

/// <summary>A milestone.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Place">Its place, from 1.</param>
/// <param name="Title">One line.</param>
/// <param name="Percent">Its part of the price in percent, rounded to two decimals.</param>
/// <param name="Amount">Its part of the price; null before the award and for those whom the price does not concern.</param>
/// <param name="DueSeconds">How long the winner has for it; null: the contract's window.</param>
/// <param name="State">Where it is.</param>
/// <param name="DeliveredAt">When its result came; null before.</param>
/// <param name="AcceptBy">Until when the poster may decide; null unless it waits for that.</param>
/// <param name="Score">0–1; null before.</param>
/// <param name="Agent">What the agent's side got; null before it is over, like what follows.</param>
/// <param name="Platform">What the platform got.</param>
/// <param name="Refunded">What went back.</param>
/// <param name="Result">The result, for poster and winner; null before.</param>
/// <param name="Checks">What its rules found; empty without rules or result.</param>
/// <param name="Validation">What its result is checked against; null: the poster accepts or rejects.</param>
public sealed record MilestoneView(
    MilestoneId Id, int Place, string Title, decimal Percent, Money? Amount, int? DueSeconds, MilestoneState State, DateTimeOffset? DeliveredAt, DateTimeOffset? AcceptBy,
    decimal? Score, Money? Agent, Money? Platform, Money? Refunded, JsonElement? Result, IReadOnlyList<ValidationCheck> Checks,
    ValidationInput? Validation)
{
    internal static MilestoneView Of(Contract contract, IReadOnlyList<Milestone> all, Milestone m, MilestoneDelivery? delivery, bool concerned)
    {
        Money? Of(long? micro) => concerned && micro is { } known ? new Money(known, contract.Currency) : null;
        return new MilestoneView(
            m.Id, m.Place, m.Title, decimal.Round(m.Weight * 100m / all.Sum(a => (decimal)a.Weight), 2), concerned && contract.Price is not null ? MilestoneDesk.PartOf(contract, all, m) : null,
            m.DueSeconds, m.State, m.DeliveredAt, m.AcceptBy, concerned ? m.Score : null, Of(m.AgentMicroUnits), Of(m.PlatformMicroUnits), Of(m.RefundedMicroUnits),
            delivery is null ? null : JsonSerializer.Deserialize<JsonElement>(delivery.Result), delivery?.Checks ?? [],
            m.Validation.Any ? ValidationInput.Of(m.Validation) : null);
    }
}

internal sealed class CancelRestValidator : AbstractValidator<CancelRest>
{
    public CancelRestValidator() => RuleFor(r => r.Reason).MaximumLength(500);
}

internal sealed class ValidateMilestoneValidator : AbstractValidator<ValidateMilestone>
{
    public ValidateMilestoneValidator()
    {
        RuleFor(r => r.Reason).MaximumLength(1000);
        RuleFor(r => r.Score).InclusiveBetween(0, 1);
    }
}

internal sealed class MilestoneHandlers(
    IMeshDb contracts, IMilestoneDb db, IDueContracts due, MilestoneDesk desk, DisputeDesk disputes, IJsonSchemaValidator schemas, IFaultPoints faults, IAudit audit,
    ICurrentActor current, TimeProvider clock)
    : IRequestHandler<DeliverMilestone, Result<MilestoneView>>, IRequestHandler<ValidateMilestone, Result<MilestoneView>>, IRequestHandler<CancelRest, Result<ContractStateView>>,
        IRequestHandler<ListMilestones, Result<MilestonesView>>, IRequestHandler<AcceptMilestone, Result<MilestoneView>>
{
    public async Task<Result<MilestoneView>> Handle(DeliverMilestone request, CancellationToken cancellationToken)
    {
        await due.LockOneAsync(request.Id, cancellationToken);
        var won = await WonContract.FindAsync(contracts, request.Id, current.Actor, cancellationToken);
        if (!won.Succeeded)
            return won.Error;
        var (contract, now) = (won.Value, clock.GetUtcNow());
        var all = await desk.OfAsync(contract.Id, cancellationToken);
        if (all.SingleOrDefault(m => m.Place == request.Place) is not { } milestone)
            return MilestoneErrors.NotFound;
        if (all.Any(m => m.Place < milestone.Place && !m.IsOver))
            return MilestoneErrors.EarlierOpen;
        var text = request.Result.ValueKind == JsonValueKind.Undefined ? "null" : request.Result.GetRawText();
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > ValidationRules.MostBytes)
            return DeliveryErrors.ResultTooLarge;
        var onTime = now <= contract.DeliverBy;
        if (ContractTransitions.Next(contract.State, ContractAct.DeliverMilestone).Error is { } illegal)
            return illegal;
        if ((milestone.Deliver(now, onTime, now.AddSeconds(contract.AcceptanceWindowSeconds)).Error ?? contract.DeliverMilestone(now).Error) is { } refusal)
            return refusal;
        var checks = ResultValidation.Run(milestone.Validation, request.Result, bytes, schemas);
        var delivery = MilestoneDelivery.Record(milestone, contract, text, bytes, checks);
        db.MilestoneDeliveries.Add(delivery);
        audit.Record("milestone.deliver", "contract", contract.Id.Value, null, new { milestone.Place, milestone.State, Bytes = bytes });
        faults.Reach("milestone.delivered");
        if (milestone.Validation.Any)
        {
            if ((await RuleAsync(contract, all, milestone, delivery, ValidationCheck.ScoreOf(checks), DisputeOpener.Validation, "The result scored too low to be paid.", cancellationToken)).Error is { } unpaid)
                return unpaid;
        }
        else
        {
            desk.Tell(contract);
        }
        return MilestoneView.Of(contract, all, milestone, delivery, true);
    }

    public async Task<Result<MilestoneView>> Handle(ValidateMilestone request, CancellationToken cancellationToken)
    {
        var score = request.Score ?? (request.Accept ? 1m : 0m);
        if (request.Accept != score >= ReleaseShare.DisputeBelow)
            return DeliveryErrors.ScoreContradicts;
        if (!request.Accept && string.IsNullOrWhiteSpace(request.Reason))
            return DeliveryErrors.ReasonNeeded;
        var (id, tenant) = (request.Id, current.Actor.RequiredTenant);
        await due.LockOneAsync(id, cancellationToken);
        if (await contracts.Contracts.SingleOrDefaultAsync(c => c.Id == id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        var all = await desk.OfAsync(id, cancellationToken);
        if (all.SingleOrDefault(m => m.Place == request.Place) is not { } milestone)
            return MilestoneErrors.NotFound;
        var delivery = await db.MilestoneDeliveries.AsNoTracking().SingleOrDefaultAsync(d => d.MilestoneId == milestone.Id, cancellationToken);
        var ruled = await RuleAsync(contract, all, milestone, delivery, score, DisputeOpener.Poster, request.Reason?.Trim() ?? "", cancellationToken);
        return ruled.Succeeded ? MilestoneView.Of(contract, all, milestone, delivery, true) : ruled.Error;
    }

    public async Task<Result<MilestoneView>> Handle(AcceptMilestone request, CancellationToken cancellationToken)
    {
        var (id, now) = (request.Id, clock.GetUtcNow());
        await due.LockOneAsync(id, cancellationToken);
        if (await contracts.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        var all = await desk.OfAsync(id, cancellationToken);
        if (all.SingleOrDefault(m => m.State == MilestoneState.Delivered && m.AcceptBy <= now) is not { } milestone)
            return MilestoneErrors.NotFound;
        var paid = await desk.PayAsync(contract, all, milestone, 100, 1m, cancellationToken);
        return paid.Succeeded ? MilestoneView.Of(contract, all, milestone, null, true) : paid.Error;
    }

    public async Task<Result<ContractStateView>> Handle(CancelRest request, CancellationToken cancellationToken)
    {
        var (id, tenant) = (request.Id, current.Actor.RequiredTenant);
        await due.LockOneAsync(id, cancellationToken);
        if (await contracts.Contracts.SingleOrDefaultAsync(c => c.Id == id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        var all = await desk.OfAsync(id, cancellationToken);
        if (all.Count == 0)
            return MilestoneErrors.NotFound;
        if (ContractTransitions.Next(contract.State, ContractAct.EndMilestone).Error is { } illegal)
            return illegal;
        if (all.Any(m => m.State is MilestoneState.Delivered or MilestoneState.Disputed) || all.All(m => !m.IsOver))
            return MilestoneErrors.Between;
        var before = contract.State;
        if ((await desk.CancelRestAsync(contract, all, request.Reason, cancellationToken)).Error is { } refusal)
            return refusal;
        audit.Record("contract.cancel_rest", "contract", id.Value, new { State = before }, new { contract.State, contract.Reason });
        return new ContractStateView(id, contract.State);
    }

    public async Task<Result<MilestonesView>> Handle(ListMilestones request, CancellationToken cancellationToken)
    {
        var (id, actor, now) = (request.Id, current.Actor, clock.GetUtcNow());
        if (await contracts.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract
            || (actor.Agent is { } agent && contract.TenantId != actor.Tenant && !contract.MayBid(agent, actor.RequiredTenant)))
            return MeshErrors.ContractNotFound;
        var all = await db.Milestones.AsNoTracking().Where(m => m.ContractId == id).OrderBy(m => m.Place).ToListAsync(cancellationToken);
        var side = Sides.Of(actor, contract.TenantId, contract.WinnerTenantId, contract.WinnerAgentId);
        var ids = all.ConvertAll(m => m.Id);
        var results = side is null ? new Dictionary<MilestoneId, MilestoneDelivery>() : await db.MilestoneDeliveries.AsNoTracking().Where(d => ids.Contains(d.MilestoneId)).ToDictionaryAsync(d => d.MilestoneId, cancellationToken);
        var turn = all.FirstOrDefault(m => !m.IsOver);
        var poster = side == DisputeSide.Poster;
        return new MilestonesView(id, all.ConvertAll(m => MilestoneView.Of(contract, all, m, results.GetValueOrDefault(m.Id), side is not null)),
            turn is { State: MilestoneState.Planned } && actor.Agent is not null && actor.Agent == contract.WinnerAgentId && ContractTransitions.Allows(contract.State, ContractAct.DeliverMilestone) && !contract.IsLate(now) ? turn.Place : null,
            turn is { State: MilestoneState.Delivered } && poster && actor.Has(Permissions.ContractsValidate) && contract.State == ContractState.InProgress ? turn.Place : null,
            turn is { State: MilestoneState.Planned } && poster && actor.Has(Permissions.ContractsCreate) && contract.State == ContractState.InProgress && all.Any(m => m.IsOver));
    }

    // By the score: its part is released, or held in a dispute about it.
    private async Task<Result<Done>> RuleAsync(
        Contract contract, IReadOnlyList<Milestone> all, Milestone milestone, MilestoneDelivery? delivery, decimal score, DisputeOpener by, string reason, CancellationToken cancellationToken)
    {
        var rounded = decimal.Round(score, 4, MidpointRounding.AwayFromZero);
        if (rounded >= ReleaseShare.DisputeBelow)
            return await desk.PayAsync(contract, all, milestone, ReleaseShare.Percent(rounded), rounded, cancellationToken);
        if ((milestone.Dispute(rounded).Error ?? contract.Dispute(clock.GetUtcNow(), reason).Error) is { } refusal)
            return refusal;
        await disputes.OpenAsync(contract, by, reason, milestone, delivery, cancellationToken);
        audit.Record("contract.dispute", "contract", contract.Id.Value, null, new { contract.State, milestone.Place, Reason = reason }, contract.TenantId);
        desk.Tell(contract);
        return Done.Ok;
    }
}

/// <summary>Accepts milestones whose acceptance window is over. While the contract is in dispute its clocks stand still.</summary>
internal sealed class AcceptMilestones : ISweep
{
    public string Actor => "acceptance";

    public async Task<IReadOnlyList<ContractId>> DueAsync(IServiceProvider services, DateTimeOffset now, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken)
    {
        var contracts = services.GetRequiredService<IMeshDb>().Contracts;
        return await services.GetRequiredService<IMilestoneDb>().Milestones.AsNoTracking()
            .Where(m => m.State == MilestoneState.Delivered && m.AcceptBy <= now && !except.Contains(m.ContractId))
            .Where(m => contracts.Any(c => c.Id == m.ContractId && c.State == ContractState.InProgress))
            .OrderBy(m => m.AcceptBy).Take(ISweep.Limit).Select(m => m.ContractId).ToListAsync(cancellationToken);
    }

    public async Task<Error?> HandleAsync(ISystemScope engine, ContractId contract, CancellationToken cancellationToken) =>
        (await engine.SendAsync(new AcceptMilestone(contract), cancellationToken)).Error;
}
