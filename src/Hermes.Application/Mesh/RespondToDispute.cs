using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Application.Mesh;

/// <summary>The side that did not open the dispute answers it, once and in time.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Text">1–2,000 characters.</param>
[RequiresEither(Permissions.ContractsValidate, Permissions.ContractsDeliver)]
public sealed record RespondToDispute(ContractId Id, string? Text) : ICommand<DisputeView>, IAcrossTenants;

/// <summary>Either side gives evidence: a text, a file or both.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Text">At most 4,000 characters; null for none.</param>
/// <param name="FileName">The file's name; null without a file.</param>
/// <param name="File">The file, at most 2 MiB of PNG, JPEG, GIF, WebP, PDF or plain text; empty for none.</param>
[RequiresEither(Permissions.ContractsValidate, Permissions.ContractsDeliver)]
public sealed record GiveEvidence(ContractId Id, string? Text, string? FileName, ReadOnlyMemory<byte> File) : ICommand<EvidenceView>, IAcrossTenants;

/// <summary>Either side appeals against the decision, once and in time; another operator decides for good.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">1–2,000 characters.</param>
[RequiresEither(Permissions.ContractsValidate, Permissions.ContractsDeliver)]
public sealed record AppealDispute(ContractId Id, string? Reason) : ICommand<DisputeView>, IAcrossTenants;

/// <summary>What falls due with time: the answer's deadline is over, or nobody appealed and the money moves.</summary>
/// <param name="Id">The contract.</param>
[RequiresSystem]
public sealed record AdvanceDispute(ContractId Id) : ICommand<DisputeView>;

internal sealed class RespondToDisputeValidator : AbstractValidator<RespondToDispute>
{
    public RespondToDisputeValidator() => RuleFor(r => r.Text).NotEmpty().MaximumLength(Dispute.MaxText);
}

internal sealed class AppealDisputeValidator : AbstractValidator<AppealDispute>
{
    public AppealDisputeValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(Dispute.MaxText);
}

internal sealed class GiveEvidenceValidator : AbstractValidator<GiveEvidence>
{
    public GiveEvidenceValidator() => RuleFor(r => r.Text).MaximumLength(DisputeEvidence.MaxText);
}

internal sealed class DisputeActHandlers(IDeliveryDb deliveries, IDueContracts due, DisputeDesk desk, IFaultPoints faults, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RespondToDispute, Result<DisputeView>>, IRequestHandler<GiveEvidence, Result<EvidenceView>>,
        IRequestHandler<AppealDispute, Result<DisputeView>>, IRequestHandler<AdvanceDispute, Result<DisputeView>>
{
    public async Task<Result<DisputeView>> Handle(RespondToDispute request, CancellationToken cancellationToken)
    {
        var found = await FindAsync(request.Id, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var (contract, dispute, side) = found.Value;
        if (dispute.Respond(side, request.Text!.Trim(), clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("dispute.respond", "contract", contract.Id.Value, new { State = DisputeState.AwaitingResponse }, new { dispute.State, side });
        desk.Tell(contract, dispute);
        return DisputeView.Of(dispute);
    }

    public async Task<Result<EvidenceView>> Handle(GiveEvidence request, CancellationToken cancellationToken)
    {
        var found = await FindAsync(request.Id, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var (contract, dispute, side) = found.Value;
        var given = DisputeEvidence.Give(dispute, side, request.Text, request.FileName, request.File.Span, clock);
        if (!given.Succeeded)
            return given.Error;
        // The contract is locked, so two can't both be the last one.
        if (await deliveries.Evidence.CountAsync(e => e.DisputeId == dispute.Id && e.Side == side, cancellationToken) >= DisputeEvidence.MaxPerSide)
            return DisputeErrors.TooMuchEvidence;
        var evidence = given.Value;
        deliveries.Evidence.Add(evidence);
        if (evidence.Bytes is not null)
            deliveries.EvidenceFiles.Add(EvidenceFile.Of(evidence, request.File.ToArray()));
        audit.Record("dispute.evidence", "contract", contract.Id.Value, null, new { side, evidence.FileName, evidence.ContentType, evidence.Bytes, evidence.Sha256 });
        desk.Tell(contract, dispute);
        return EvidenceView.Of(evidence);
    }

    public async Task<Result<DisputeView>> Handle(AppealDispute request, CancellationToken cancellationToken)
    {
        var found = await FindAsync(request.Id, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var (contract, dispute, side) = found.Value;
        if (dispute.Appeal(side, request.Reason!.Trim(), clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("dispute.appeal", "contract", contract.Id.Value, new { State = DisputeState.Decided }, new { dispute.State, side, dispute.AppealReason });
        faults.Reach("dispute.appealed");
        desk.Tell(contract, dispute);
        return DisputeView.Of(dispute);
    }

    public async Task<Result<DisputeView>> Handle(AdvanceDispute request, CancellationToken cancellationToken)
    {
        var found = await desk.LockAsync(due, request.Id, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var (contract, dispute) = found.Value;
        if (dispute.State == DisputeState.Decided)
        {
            var closed = await desk.CloseAsync(contract, dispute, cancellationToken);
            return closed.Succeeded ? DisputeView.Of(dispute) : closed.Error;
        }
        if (dispute.CloseResponse(clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("dispute.response_over", "contract", contract.Id.Value, new { State = DisputeState.AwaitingResponse }, new { dispute.State }, contract.TenantId);
        desk.Tell(contract, dispute);
        return DisputeView.Of(dispute);
    }

    // Whom it does not concern finds nothing, as if the contract were not there.
    private async Task<Result<(Contract Contract, Dispute Dispute, DisputeSide Side)>> FindAsync(ContractId id, CancellationToken cancellationToken)
    {
        var found = await desk.LockAsync(due, id, cancellationToken);
        if (!found.Succeeded)
            return DeliveryErrors.NoDispute;
        var (contract, dispute) = found.Value;
        return Sides.Of(current.Actor, dispute) is { } side ? (contract, dispute, side) : DeliveryErrors.NoDispute;
    }
}

/// <summary>Moves disputes on whose deadlines are over.</summary>
internal sealed class DisputeDeadlines : ISweep
{
    public string Actor => "disputes";

    public async Task<IReadOnlyList<ContractId>> DueAsync(IServiceProvider services, DateTimeOffset now, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken) =>
        await services.GetRequiredService<IDeliveryDb>().Disputes.AsNoTracking()
            .Where(d => (d.State == DisputeState.AwaitingResponse && d.RespondBy <= now) || (d.State == DisputeState.Decided && d.AppealBy <= now))
            .Where(d => !except.Contains(d.ContractId))
            .OrderBy(d => d.OpenedAt).Take(ISweep.Limit).Select(d => d.ContractId).ToListAsync(cancellationToken);

    public async Task<Error?> HandleAsync(ISystemScope engine, ContractId contract, CancellationToken cancellationToken) =>
        (await engine.SendAsync(new AdvanceDispute(contract), cancellationToken)).Error;
}
