using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Accepts, with full marks, results whose acceptance window is over without the poster's word.</summary>
/// <param name="Limit">Most contracts in one transaction.</param>
[RequiresSystem]
public sealed record AcceptDue(int Limit = 200) : ICommand<int>;

internal sealed class AcceptDueHandler(IDueContracts due, IMeshDb db, IUnitOfWork work, ISettlementSignal settlement, IOutbox outbox, IAudit audit, TimeProvider clock)
    : IRequestHandler<AcceptDue, Result<int>>
{
    public async Task<Result<int>> Handle(AcceptDue request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = await due.LockAsync(DueKind.Acceptance, now, request.Limit, null, cancellationToken);
        if (ids.Count == 0)
            return 0;
        foreach (var contract in await db.Contracts.Where(c => ids.Contains(c.Id)).ToListAsync(cancellationToken))
        {
            if (contract.RecordValidation(1m, now, null).Error is { } refusal)
                return refusal;
            audit.Record("contract.accept_by_time", "contract", contract.Id.Value, new { State = ContractState.Delivered }, new { contract.State, contract.ValidationScore }, contract.TenantId);
            outbox.Add(DeliveryAnnouncements.Updated(contract));
        }
        work.AfterCommit(settlement.Wake);
        return ids.Count;
    }
}
