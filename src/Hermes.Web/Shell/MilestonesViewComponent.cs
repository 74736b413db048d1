using Hermes.Application.Mesh;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>A contract's milestones; nothing for a contract as a whole.</summary>
public sealed class MilestonesViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders it.</summary>
    public async Task<IViewComponentResult> InvokeAsync(ContractView contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        var result = await mediator.Send(new ListMilestones(contract.Id), HttpContext.RequestAborted);
        return result.Succeeded && result.Value.Items.Count > 0 ? View(result.Value) : Content("");
    }
}
