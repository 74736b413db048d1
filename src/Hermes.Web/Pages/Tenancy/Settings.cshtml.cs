using System.ComponentModel.DataAnnotations;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Tenancy;

/// <summary>The organisation's settings.</summary>
public sealed class SettingsModel(ICurrentActor current) : HermesPage
{
    /// <summary>What can be changed.</summary>
    /// <param name="Name">The organisation's name.</param>
    /// <param name="ContactEmail">Where others may write to.</param>
    /// <param name="Version">As it was shown.</param>
    public sealed record Fields([Required] string Name, string? ContactEmail, uint Version);

    /// <summary>What can be changed.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", null, 0);

    /// <summary>The settings.</summary>
    public TenantSettings? Settings { get; private set; }

    /// <summary>True when the viewer may change them.</summary>
    public bool MayEdit => current.Actor.Has(Permissions.SettingsUpdate);

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        if (await LoadAsync() is { } refused)
            return Refused(refused);
        Input = new Fields(Settings!.Name, Settings.ContactEmail, Settings.Version);
        return Page();
    }

    /// <summary>Saves them.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid)
            return await LoadAsync() is { } refused ? Refused(refused) : Page();
        var result = await SendAsync(new UpdateTenantSettings(Input.Name, Input.ContactEmail, Input.Version));
        if (!result.Succeeded)
        {
            var answer = Refused(result.Error);
            await LoadAsync();
            return answer;
        }
        Say("Saved.");
        return Go("/settings");
    }

    private async Task<Error?> LoadAsync()
    {
        var settings = await SendAsync(new GetTenantSettings());
        if (!settings.Succeeded)
            return settings.Error;
        Settings = settings.Value;
        return null;
    }
}
