using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The poster accepts or rejects a result that no rule has scored, within the acceptance window.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Accept">True to pay by the score; false to hold the money and open a dispute.</param>
/// <param name="Score">0–1 with four decimals: at least 0.6 when accepted (1 when null), less when rejected (0 when null).</param>
/// <param name="Reason">Why; needed when rejected.</param>
[Requires(Permissions.ContractsValidate)]
public sealed record ValidateContract(ContractId Id, bool Accept, decimal? Score = null, string? Reason = null) : ICommand<ContractValidated>;

/// <summary>A result's verdict.</summary>
/// <param name="Id">The contract.</param>
/// <param name="State"><c>validated</c>: settlement follows at once; <c>disputed</c>.</param>
/// <param name="Score">0–1.</param>
/// <param name="ReleasedPercent">Percent of the price that the score releases.</param>
public sealed record ContractValidated(ContractId Id, ContractState State, decimal Score, int ReleasedPercent);

internal sealed class ValidateContractValidator : AbstractValidator<ValidateContract>
{
    public ValidateContractValidator()
    {
        RuleFor(r => r.Reason).MaximumLength(1000);
        RuleFor(r => r.Score).InclusiveBetween(0, 1);
    }
}

internal sealed class ValidateContractHandler(
    IMeshDb db, IDeliveryDb deliveries, IDueContracts due, DisputeDesk disputes, IUnitOfWork work, ISettlementSignal settlement, IFaultPoints faults, IOutbox outbox, IAudit audit,
    ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ValidateContract, Result<ContractValidated>>
{
    public async Task<Result<ContractValidated>> Handle(ValidateContract request, CancellationToken cancellationToken)
    {
        var score = request.Score ?? (request.Accept ? 1m : 0m);
        if (request.Accept != score >= ReleaseShare.DisputeBelow)
            return DeliveryErrors.ScoreContradicts;
        var reason = string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim();
        if (!request.Accept && reason is null)
            return DeliveryErrors.ReasonNeeded;
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        await due.LockOneAsync(request.Id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        var before = contract.State;
        if (contract.RecordValidation(score, now, reason).Error is { } refusal)
            return refusal;
        if (contract.State == ContractState.Disputed)
            await disputes.OpenAsync(contract, DisputeOpener.Poster, reason!,
                await deliveries.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.ContractId == request.Id, cancellationToken), cancellationToken);
        audit.Record("contract.validate", "contract", contract.Id.Value, new { State = before }, new { contract.State, contract.ValidationScore, Reason = reason });
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        work.AfterCommit(() =>
        {
            faults.Reach("validate.after_commit");
            settlement.Wake();
        });
        return new ContractValidated(contract.Id, contract.State, contract.ValidationScore!.Value, ReleaseShare.Percent(contract.ValidationScore.Value));
    }
}
