using Hermes.Application.Agents;
using Hermes.Domain.Identity;
using Hermes.Application.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>Registers an agent; its key is shown on the answer and never again.</summary>
public sealed class NewModel(ICurrentActor current) : HermesPage
{
    /// <summary>What is written.</summary>
    [BindProperty]
    public AgentInput Input { get; set; } = new();

    /// <summary>The agent with its key, after it was registered.</summary>
    public RegisteredAgent? Registered { get; private set; }

    /// <summary>The form.</summary>
    public IActionResult OnGet() => current.Actor switch
    {
        { Kind: ActorKind.Anonymous } => ToSignIn(),
        { Tenant: null } => Refused(AccessErrors.NoTenant),
        var actor when !actor.Has(Permissions.AgentsCreate) => Refused(AccessErrors.Missing(Permissions.AgentsCreate)),
        _ => Page(),
    };

    /// <summary>Registers.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var profile = Input.ToProfile();
        if (!profile.Succeeded)
            return Refused(profile.Error);
        var result = await SendAsync(new RegisterAgent(profile.Value));
        if (!result.Succeeded)
            return Refused(result.Error);
        // Not redirected: the key must not go through anything that is kept.
        Registered = result.Value;
        return Page();
    }
}
