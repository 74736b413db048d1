using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Opens the provider's page on which the tenant leaves another card; what is open is charged to it.</summary>
[Requires(Permissions.BillingManage)]
public sealed record UpdateCard : ICommand<Uri>, IOwnTransaction, IWhileSuspended;

internal sealed class UpdateCardHandler(IPaymentProvider provider, ISystemScopes scopes, IPublicLinks links, ICurrentActor current) : IRequestHandler<UpdateCard, Result<Uri>>
{
    public async Task<Result<Uri>> Handle(UpdateCard request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return BillingErrors.NoProvider;
        await using var scope = scopes.Begin("checkout", current.Actor.RequiredTenant);
        var customer = await scope.SendAsync(new EnsureCustomer(), cancellationToken);
        if (!customer.Succeeded)
            return customer.Error;
        var page = await provider.OpenSetupCheckoutAsync(customer.Value, new Uri(links.To("/billing")), $"card:{Guid.CreateVersion7():N}", cancellationToken);
        return page.Succeeded ? page.Value.Url : page.Error;
    }
}
