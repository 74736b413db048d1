using System.Text.Json;
using Hermes.Application.Agents.Public;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>A dispute as a case: what was asked for, what was delivered, what the checks found. For the operator who decides it.</summary>
/// <param name="Id">The contract.</param>
[RequiresOperator]
public sealed record GetDispute(ContractId Id) : IQuery<DisputeCase>, IAcrossTenants;

/// <summary>Everything an operator needs to decide.</summary>
/// <param name="Row">The dispute with its parties and what is held.</param>
/// <param name="Intent">What the poster asked for.</param>
/// <param name="Context">What the poster gave along.</param>
/// <param name="Rules">What the result had to satisfy.</param>
/// <param name="Promised">How long the agent said it would take; null before an award.</param>
/// <param name="AwardedAt">When it won; null before.</param>
/// <param name="DeliveredAt">When it delivered; null before.</param>
/// <param name="Result">The delivery; null before.</param>
/// <param name="Checks">What the rules found; empty without rules or delivery.</param>
/// <param name="Evidence">What the sides gave, in order.</param>
/// <param name="AwaitsDecision">It is an operator's turn.</param>
/// <param name="NeedsSecond">So much is held that another operator has to confirm a decision.</param>
/// <param name="DecidedByViewer">The viewer had a part in the first decision and can't decide the appeal.</param>
public sealed record DisputeCase(
    DisputeRow Row, string Intent, JsonElement Context, ValidationRules Rules, TimeSpan? Promised, DateTimeOffset? AwardedAt, DateTimeOffset? DeliveredAt,
    JsonElement? Result, IReadOnlyList<ValidationCheck> Checks, IReadOnlyList<EvidenceView> Evidence, bool AwaitsDecision, bool NeedsSecond, bool DecidedByViewer);

internal sealed class GetDisputeHandler(IMeshDb db, IDeliveryDb deliveries, IMilestoneDb milestones, IAgents agents, DisputeDesk desk, ISecondOperator second, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetDispute, Result<DisputeCase>>
{
    public async Task<Result<DisputeCase>> Handle(GetDispute request, CancellationToken cancellationToken)
    {
        var id = request.Id;
        if (await deliveries.Disputes.AsNoTracking().Where(d => d.ContractId == id).OrderByDescending(d => d.OpenedAt).FirstOrDefaultAsync(cancellationToken) is not { } dispute)
            return DeliveryErrors.NoDispute;
        var contract = await db.Contracts.AsNoTracking().SingleAsync(c => c.Id == id, cancellationToken);
        var delivery = await deliveries.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.ContractId == id, cancellationToken);
        var part = dispute.MilestoneId is { } about ? await milestones.MilestoneDeliveries.AsNoTracking().SingleOrDefaultAsync(d => d.MilestoneId == about, cancellationToken) : null;
        var result = part?.Result ?? delivery?.Result;
        var names = await agents.FindAsync([dispute.AgentId], cancellationToken);
        return new DisputeCase(
            DisputeRow.Of(contract, dispute, names), contract.Intent, JsonSerializer.Deserialize<JsonElement>(contract.Context), contract.Validation,
            contract.PromisedSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, contract.AwardedAt, contract.DeliveredAt,
            result is null ? null : JsonSerializer.Deserialize<JsonElement>(result), part?.Checks ?? delivery?.Checks ?? [],
            (await deliveries.Evidence.AsNoTracking().Where(e => e.DisputeId == dispute.Id).OrderBy(e => e.Id).ToListAsync(cancellationToken)).ConvertAll(EvidenceView.Of),
            dispute.AwaitsDecision(clock.GetUtcNow()), second.IsNeededFor(await desk.AtStakeAsync(contract, dispute, cancellationToken)), dispute.State == DisputeState.Appealed && current.Actor.Person is { } viewer && (viewer == dispute.DecidedBy || viewer == dispute.ConfirmedBy));
    }
}
