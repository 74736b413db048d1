using Hermes.Application.Mesh;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>What is shown of a contract after its award.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Delivery">Result, checks, settlement, dispute.</param>
public sealed record DeliveryModel(ContractView Contract, DeliveryView Delivery);

/// <summary>Result, verdict, settlement and dispute of a contract; nothing for those whom it does not concern.</summary>
public sealed class DeliveryViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders it.</summary>
    public async Task<IViewComponentResult> InvokeAsync(ContractView contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        if (contract.Award is null)
            return Content("");
        var result = await mediator.Send(new GetDelivery(contract.Id), HttpContext.RequestAborted);
        return result.Succeeded ? View(new DeliveryModel(contract, result.Value)) : Content("");
    }
}
