using System.Text;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>
/// The winner hands its result in. Where the contract has rules they are run at once, and settlement follows by itself;
/// without rules the poster accepts or rejects.
/// </summary>
/// <param name="Id">The contract.</param>
/// <param name="Result">The result, any JSON value of at most <see cref="ValidationRules.MostBytes"/> bytes.</param>
[Requires(Permissions.ContractsDeliver)]
public sealed record DeliverContract(ContractId Id, JsonElement Result) : ICommand<DeliveryReceived>;

/// <summary>What became of a delivery.</summary>
/// <param name="Id">The contract.</param>
/// <param name="State"><c>delivered</c>: the poster decides; <c>validated</c>: settlement follows at once; <c>disputed</c>: the score was too low.</param>
/// <param name="Score">0–1; null without rules.</param>
/// <param name="Checks">What the rules found.</param>
/// <param name="AcceptBy">Until when the poster may decide; null when it is decided.</param>
public sealed record DeliveryReceived(ContractId Id, ContractState State, decimal? Score, IReadOnlyList<ValidationCheck> Checks, DateTimeOffset? AcceptBy);

internal sealed class DeliverContractHandler(
    IMeshDb db, IDeliveryDb deliveries, IDueContracts due, DisputeDesk disputes, IJsonSchemaValidator schemas, IUnitOfWork work, ISettlementSignal settlement, IFaultPoints faults,
    IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<DeliverContract, Result<DeliveryReceived>>
{
    public async Task<Result<DeliveryReceived>> Handle(DeliverContract request, CancellationToken cancellationToken)
    {
        // Two at once take turns, so that the second one reads what the first one did.
        await due.LockOneAsync(request.Id, cancellationToken);
        var won = await WonContract.FindAsync(db, request.Id, current.Actor, cancellationToken);
        if (!won.Succeeded)
            return won.Error;
        var text = request.Result.ValueKind == JsonValueKind.Undefined ? "null" : request.Result.GetRawText();
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > ValidationRules.MostBytes)
            return DeliveryErrors.ResultTooLarge;
        var (contract, now) = (won.Value, clock.GetUtcNow());
        var before = contract.State;
        if (contract.Deliver(now).Error is { } refusal)
            return refusal;
        var checks = ResultValidation.Run(contract.Validation, request.Result, bytes, schemas);
        var delivery = Delivery.Record(contract, text, bytes, checks, now);
        deliveries.Deliveries.Add(delivery);
        if (contract.Validation.Any)
        {
            if (contract.RecordValidation(ValidationCheck.ScoreOf(checks), now, null).Error is { } invalid)
                return invalid;
            if (contract.State == ContractState.Disputed)
                await disputes.OpenAsync(contract, DisputeOpener.Validation, contract.Reason!, delivery, cancellationToken);
        }
        audit.Record("contract.deliver", "contract", contract.Id.Value, new { State = before }, new { contract.State, contract.ValidationScore, Bytes = bytes });
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        work.AfterCommit(() =>
        {
            faults.Reach("deliver.after_commit");
            DeliveryTelemetry.Delivered.Add(1);
            settlement.Wake();
        });
        faults.Reach("deliver.before_commit");
        return new DeliveryReceived(contract.Id, contract.State, contract.ValidationScore, checks, contract.State == ContractState.Delivered ? contract.AcceptBy : null);
    }
}
