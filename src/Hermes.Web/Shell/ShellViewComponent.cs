using Hermes.Application.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Shell;

/// <summary>What surrounds a signed-in page.</summary>
/// <param name="Actor">The person.</param>
public sealed record ShellModel(Actor Actor);

/// <summary>Side navigation and top bar of signed-in pages.</summary>
public sealed class ShellViewComponent(ICurrentActor current) : ViewComponent
{
    /// <summary>Renders them.</summary>
    public IViewComponentResult Invoke() => View(new ShellModel(current.Actor));
}
