using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Makes the tenant known to the provider as payer; its id there.</summary>
[RequiresSystem]
public sealed record EnsureCustomer : ICommand<string>, IOwnTransaction;

internal sealed class EnsureCustomerHandler(CustomerDesk customers, ICurrentActor current) : IRequestHandler<EnsureCustomer, Result<string>>
{
    public Task<Result<string>> Handle(EnsureCustomer request, CancellationToken cancellationToken) => customers.EnsureAsync(current.Actor.RequiredTenant, cancellationToken);
}
