using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The poster rates how a settled contract went, once; the agent's trust follows.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Stars">1–5.</param>
[Requires(Permissions.ContractsValidate)]
public sealed record RateContract(ContractId Id, int Stars) : ICommand<ContractRated>;

/// <summary>A rating.</summary>
/// <param name="Id">The contract.</param>
/// <param name="AgentId">Who was rated.</param>
/// <param name="Stars">1–5.</param>
public sealed record ContractRated(ContractId Id, AgentId AgentId, int Stars);

internal sealed class RateContractValidator : AbstractValidator<RateContract>
{
    public RateContractValidator() => RuleFor(r => r.Stars).InclusiveBetween(1, 5);
}

internal sealed class RateContractHandler(IMeshDb db, ITrust trust, IAudit audit, ICurrentActor current) : IRequestHandler<RateContract, Result<ContractRated>>
{
    public async Task<Result<ContractRated>> Handle(RateContract request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (contract.Rate(request.Stars).Error is { } refusal)
            return refusal;
        var agent = contract.WinnerAgentId!.Value;
        var rated = await trust.RateAsync(agent, contract.Id, request.Stars, cancellationToken);
        if (!rated.Succeeded)
            return rated.Error;
        audit.Record("contract.rate", "contract", contract.Id.Value, null, new { agent, request.Stars });
        return new ContractRated(contract.Id, agent, request.Stars);
    }
}
