using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Poster or winner disagrees: what is held stays held until an operator's decision is final.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">Why, 1 to 1,000 characters.</param>
[RequiresEither(Permissions.ContractsValidate, Permissions.ContractsDeliver)]
public sealed record OpenDispute(ContractId Id, string? Reason) : ICommand<DisputeView>, IAcrossTenants;

internal sealed class OpenDisputeValidator : AbstractValidator<OpenDispute>
{
    public OpenDisputeValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(1000);
}

internal sealed class OpenDisputeHandler(IMeshDb db, IDeliveryDb deliveries, IDueContracts due, DisputeDesk desk, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<OpenDispute, Result<DisputeView>>
{
    public async Task<Result<DisputeView>> Handle(OpenDispute request, CancellationToken cancellationToken)
    {
        var (actor, now, id) = (current.Actor, clock.GetUtcNow(), request.Id);
        await due.LockOneAsync(id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract
            || Sides.Of(actor, contract.TenantId, contract.WinnerTenantId, contract.WinnerAgentId) is not { } side)
            return MeshErrors.ContractNotFound;
        var before = contract.State;
        if (contract.Dispute(now, request.Reason!.Trim()).Error is { } refusal)
            return refusal;
        var delivery = await deliveries.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.ContractId == id, cancellationToken);
        var dispute = await desk.OpenAsync(contract, side == DisputeSide.Poster ? DisputeOpener.Poster : DisputeOpener.Agent, contract.Reason!, delivery, cancellationToken);
        audit.Record("contract.dispute", "contract", contract.Id.Value, new { State = before }, new { contract.State, contract.Reason });
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        return DisputeView.Of(dispute);
    }
}
