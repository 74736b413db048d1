using Hermes.Application.Trust;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>An agent's trust with its parts, badges and history; nothing when there is no such agent for the viewer.</summary>
public sealed class ReputationViewComponent(IMediator mediator) : ViewComponent
{
    /// <summary>Renders it.</summary>
    public async Task<IViewComponentResult> InvokeAsync(AgentId agent)
    {
        var result = await mediator.Send(new GetReputation(agent, 180), HttpContext.RequestAborted);
        return result.Succeeded ? View(result.Value) : Content("");
    }
}
