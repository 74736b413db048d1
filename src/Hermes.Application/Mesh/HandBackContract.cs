using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>
/// The winner gives the contract back before delivering. It counts as a failure; the next best bid may be awarded. Rows of
/// other bidders and money of the poster move with it.
/// </summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">Why; null for none.</param>
[Requires(Permissions.ContractsDeliver)]
public sealed record HandBackContract(ContractId Id, string? Reason = null) : ICommand<ContractStateView>, IAcrossTenants;

internal sealed class HandBackContractValidator : AbstractValidator<HandBackContract>
{
    public HandBackContractValidator() => RuleFor(r => r.Reason).MaximumLength(500);
}

internal sealed class HandBackContractHandler(IMeshDb db, Forfeiture forfeiture, ICurrentActor current) : IRequestHandler<HandBackContract, Result<ContractStateView>>
{
    public async Task<Result<ContractStateView>> Handle(HandBackContract request, CancellationToken cancellationToken)
    {
        var won = await WonContract.FindAsync(db, request.Id, current.Actor, cancellationToken);
        return won.Succeeded
            ? await forfeiture.TakeAsync(request.Id, ForfeitCause.HandedBack, request.Reason, current.Actor.RequiredAgent, cancellationToken)
            : won.Error;
    }
}
