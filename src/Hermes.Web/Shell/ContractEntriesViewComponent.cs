using Hermes.Application.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>A contract's ledger entries on the viewer's accounts; nothing when there are none or the viewer may not see them.</summary>
public sealed class ContractEntriesViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders them.</summary>
    public async Task<IViewComponentResult> InvokeAsync(ContractId contract)
    {
        var result = await mediator.Send(new ListContractEntries(contract), HttpContext.RequestAborted);
        return result.Succeeded && result.Value.Count > 0 ? View(result.Value) : Content("");
    }
}
