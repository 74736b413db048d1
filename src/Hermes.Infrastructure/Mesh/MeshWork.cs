using Hermes.Application.Mesh;
using Hermes.Application.Mesh.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Sends the mesh's own requests in the tenant's name.</summary>
internal sealed class MeshWork(ISystemScopes scopes) : IMeshWork
{
    private const string Name = "mesh-agent";

    public async Task<Result<ContractId>> PostAsync(TenantId tenant, WorkOrder order, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin(Name, tenant);
        var posted = await scope.SendAsync(new PostContract(new ContractInput
        {
            Title = order.Title,
            Intent = order.Intent,
            Context = order.Context,
            Reward = order.Reward,
            RequiredCapabilities = order.Capabilities,
            BiddingWindowSeconds = order.BiddingWindowSeconds,
            // Each order is one call's; that is told apart already.
            Repeat = true,
        })
        {
            SpentBy = order.SpentBy,
            Mandate = order.Mandate,
            Project = order.Project,
            Chain = order.Chain,
        }, cancellationToken);
        return posted.Succeeded ? posted.Value.Id : posted.Error;
    }

    public async Task<WorkProgress?> FindAsync(TenantId tenant, ContractId contract, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin(Name, tenant);
        var found = await scope.SendAsync(new GetContract(contract), cancellationToken);
        if (!found.Succeeded)
            return null;
        var view = found.Value;
        var delivered = view.State is ContractState.Delivered or ContractState.Validated or ContractState.Settled;
        var result = delivered ? await scope.SendAsync(new GetDelivery(contract), cancellationToken) : default;
        return new WorkProgress(SnakeCase.Of(view.State.ToString()), delivered,
            view.State is ContractState.Expired or ContractState.Cancelled or ContractState.Refunded, view.Reason, view.Price,
            delivered && result.Succeeded ? result.Value.Result : null);
    }

    public async Task CancelAsync(TenantId tenant, ContractId contract, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin(Name, tenant);
        await scope.SendAsync(new CancelContract(contract, "The caller called it off."), cancellationToken);
    }
}
