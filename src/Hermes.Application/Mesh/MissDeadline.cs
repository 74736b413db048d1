using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>Takes a contract from a winner whose result is due and has not come; refused while it is not.</summary>
/// <param name="Id">The contract.</param>
[RequiresSystem]
public sealed record MissDeadline(ContractId Id) : ICommand<ContractStateView>;

internal sealed class MissDeadlineHandler(Forfeiture forfeiture) : IRequestHandler<MissDeadline, Result<ContractStateView>>
{
    public Task<Result<ContractStateView>> Handle(MissDeadline request, CancellationToken cancellationToken) =>
        forfeiture.TakeAsync(request.Id, ForfeitCause.MissedDeadline, null, null, cancellationToken);
}
