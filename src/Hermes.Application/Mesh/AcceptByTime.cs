using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Application.Mesh;

/// <summary>Accepts, with full marks, a result whose acceptance window is over without the poster's word; not found while it is not.</summary>
/// <param name="Id">The contract.</param>
[RequiresSystem]
public sealed record AcceptByTime(ContractId Id) : ICommand<ContractStateView>;

internal sealed class AcceptByTimeHandler(IDueContracts due, IMeshDb db, IUnitOfWork work, ISettlementSignal settlement, IOutbox outbox, IAudit audit, TimeProvider clock)
    : IRequestHandler<AcceptByTime, Result<ContractStateView>>
{
    public async Task<Result<ContractStateView>> Handle(AcceptByTime request, CancellationToken cancellationToken)
    {
        var (id, now) = (request.Id, clock.GetUtcNow());
        if ((await due.LockAsync(DueKind.Acceptance, now, 1, id, [], cancellationToken)).Count == 0)
            return MeshErrors.ContractNotFound;
        var contract = await db.Contracts.SingleAsync(c => c.Id == id, cancellationToken);
        if (contract.RecordValidation(1m, now, null).Error is { } refusal)
            return refusal;
        audit.Record("contract.accept_by_time", "contract", id.Value, new { State = ContractState.Delivered }, new { contract.State, contract.ValidationScore }, contract.TenantId);
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        work.AfterCommit(settlement.Wake);
        return new ContractStateView(id, contract.State);
    }
}

/// <summary>Accepts results whose acceptance window is over.</summary>
internal sealed class AcceptResults : ISweep
{
    public string Actor => "acceptance";

    public Task<IReadOnlyList<ContractId>> DueAsync(IServiceProvider services, DateTimeOffset now, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken) =>
        services.GetRequiredService<IDueContracts>().ListAsync(DueKind.Acceptance, now, ISweep.Limit, except, cancellationToken);

    public async Task<Error?> HandleAsync(ISystemScope engine, ContractId contract, CancellationToken cancellationToken) =>
        (await engine.SendAsync(new AcceptByTime(contract), cancellationToken)).Error;
}
