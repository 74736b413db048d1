using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>One's organisations, and the switch between them.</summary>
[WorksWithoutTenant]
public sealed class OrganisationsModel(ICurrentActor current) : HermesPage
{
    /// <summary>The person's organisations.</summary>
    public IReadOnlyList<Membership> Tenants { get; private set; } = [];

    /// <summary>The present one; null for none.</summary>
    public TenantId? Present => current.Actor.Tenant;

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new ListMyTenants());
        if (!result.Succeeded)
            return Refused(result.Error);
        Tenants = result.Value;
        return Page();
    }

    /// <summary>Switches.</summary>
    public async Task<IActionResult> OnPostAsync(Guid tenant)
    {
        var result = await SendAsync(new ChooseTenant(new TenantId(tenant)));
        if (!result.Succeeded || Sessions.Of(User) is not { } session)
            return result.Succeeded ? ToSignIn() : Refused(result.Error);
        await Sessions.ContinueAsync(HttpContext, session.Stamp, result.Value.Id);
        Say($"You work in {result.Value.Name} now.");
        return Go("/contracts");
    }
}
