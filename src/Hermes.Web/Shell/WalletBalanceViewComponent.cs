using Hermes.Application.Ledger;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>What the organisation may spend, in the top bar; nothing where the person may not see it.</summary>
public sealed class WalletBalanceViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders it.</summary>
    public async Task<IViewComponentResult> InvokeAsync()
    {
        var balance = await mediator.Send(new GetBalance(), HttpContext.RequestAborted);
        return balance.Succeeded ? View(balance.Value) : Content("");
    }
}
