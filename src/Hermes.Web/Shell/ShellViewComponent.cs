using Hermes.Application.Identity;
using Hermes.Application.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>What surrounds a signed-in page.</summary>
/// <param name="Actor">The person with its permissions.</param>
/// <param name="Me">Name and organisations; null when they could not be read.</param>
public sealed record ShellModel(Actor Actor, Me? Me)
{
    /// <summary>The organisation worked in; null when none is chosen.</summary>
    public Membership? Tenant => Me?.Tenants.FirstOrDefault(t => t.Id == Actor.Tenant);
}

/// <summary>Side navigation and top bar of signed-in pages.</summary>
public sealed class ShellViewComponent(IMediator mediator, ICurrentActor current) : ViewComponent
{
    /// <summary>Renders them.</summary>
    public async Task<IViewComponentResult> InvokeAsync()
    {
        var me = await mediator.Send(new GetMe(), HttpContext.RequestAborted);
        return View(new ShellModel(current.Actor, me.Succeeded ? me.Value : null));
    }
}
