using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Poster or winner disagrees: what is held stays held until an operator decides.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">Why, 1 to 1,000 characters.</param>
[RequiresEither(Permissions.ContractsValidate, Permissions.ContractsDeliver)]
public sealed record OpenDispute(ContractId Id, string? Reason) : ICommand<DisputeView>;

/// <summary>A dispute.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="OpenedBy">Who opened it.</param>
/// <param name="Reason">Why.</param>
/// <param name="OpenedAt">When.</param>
/// <param name="Decision">What was decided; null while it is open, like what follows.</param>
/// <param name="ReleasedPercent">Percent of the price that was released.</param>
/// <param name="Note">The operator's words; may stay null.</param>
/// <param name="DecidedAt">When.</param>
public sealed record DisputeView(
    ContractId ContractId, DisputeOpener OpenedBy, string Reason, DateTimeOffset OpenedAt,
    DisputeDecision? Decision, int? ReleasedPercent, string? Note, DateTimeOffset? DecidedAt)
{
    internal static DisputeView Of(Dispute d) => new(d.ContractId, d.OpenedBy, d.Reason, d.OpenedAt, d.Decision, d.ReleasedPercent, d.Note, d.DecidedAt);
}

internal sealed class OpenDisputeValidator : AbstractValidator<OpenDispute>
{
    public OpenDisputeValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(1000);
}

internal sealed class OpenDisputeHandler(IMeshDb db, IDeliveryDb deliveries, IDueContracts due, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<OpenDispute, Result<DisputeView>>
{
    public async Task<Result<DisputeView>> Handle(OpenDispute request, CancellationToken cancellationToken)
    {
        await due.LockOneAsync(request.Id, cancellationToken);
        var found = current.Actor.Agent is not null
            ? await WonContract.FindAsync(db, request.Id, current.Actor, cancellationToken)
            : await PostedAsync(request.Id, current.Actor.RequiredTenant, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var (contract, now) = (found.Value, clock.GetUtcNow());
        var before = contract.State;
        if (contract.Dispute(now, request.Reason!.Trim()).Error is { } refusal)
            return refusal;
        var dispute = Disputes.Opened(contract, current.Actor.Agent is null ? DisputeOpener.Poster : DisputeOpener.Agent, contract.Reason!, now);
        deliveries.Disputes.Add(dispute);
        audit.Record("contract.dispute", "contract", contract.Id.Value, new { State = before }, new { contract.State, contract.Reason });
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        return DisputeView.Of(dispute);
    }

    private async Task<Result<Contract>> PostedAsync(ContractId id, TenantId tenant, CancellationToken cancellationToken) =>
        await db.Contracts.SingleOrDefaultAsync(c => c.Id == id && c.TenantId == tenant, cancellationToken) is { } contract
            ? contract
            : MeshErrors.ContractNotFound;
}
