using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>A contract's escrow; nothing before the award and for those whom it does not concern.</summary>
public sealed class EscrowViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders it.</summary>
    public async Task<IViewComponentResult> InvokeAsync(ContractView contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        if (contract.Award is null)
            return Content("");
        var result = await mediator.Send(new GetEscrow(contract.Id), HttpContext.RequestAborted);
        return result.Succeeded && result.Value.State != EscrowState.Created ? View(result.Value) : Content("");
    }
}
