using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>One's own account.</summary>
[WorksWithoutTenant]
public sealed class AccountModel : HermesPage
{
    /// <summary>The name.</summary>
    /// <param name="Name">As shown to others.</param>
    public sealed record NameFields([Required] string Name);

    /// <summary>The password.</summary>
    /// <param name="Present">The present one.</param>
    /// <param name="Password">The new one.</param>
    public sealed record PasswordFields([Required] string Present, [Required] string Password);

    /// <summary>The name, where it is changed.</summary>
    public NameFields Input { get; private set; } = new("");

    /// <summary>The password, where it is changed.</summary>
    public PasswordFields Secret { get; private set; } = new("", "");

    /// <summary>Who one is.</summary>
    public Me? Me { get; private set; }

    /// <summary>Shows the account.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } refused ? Refused(refused) : Page();

    /// <summary>Changes the name.</summary>
    public async Task<IActionResult> OnPostNameAsync([Bind(Prefix = "Input")] NameFields input)
    {
        Input = input;
        var result = ModelState.IsValid ? await SendAsync(new RenameMe(input.Name)) : Error.Invalid("request.invalid", "A name is needed.");
        if (!result.Succeeded)
            return await AgainAsync(result.Error, "Input");
        Say("Your name is changed.");
        return Go("/account");
    }

    /// <summary>Changes the password.</summary>
    public async Task<IActionResult> OnPostPasswordAsync([Bind(Prefix = "Secret")] PasswordFields secret)
    {
        var result = ModelState.IsValid ? await SendAsync(new ChangePassword(secret.Present, secret.Password)) : Error.Invalid("request.invalid", "Both passwords are needed.");
        if (!result.Succeeded)
            return await AgainAsync(result.Error, "Secret");
        if (Sessions.Of(User) is { } session)
            await Sessions.ContinueAsync(HttpContext, result.Value, session.Tenant);
        Say("Your password is changed. Your other sessions have ended.");
        return Go("/account");
    }

    /// <summary>Leaves the present organisation.</summary>
    public async Task<IActionResult> OnPostLeaveAsync()
    {
        var result = await SendAsync(new LeaveTenant());
        if (!result.Succeeded)
            return await AgainAsync(result.Error, "Input");
        Say("You have left the organisation.");
        return Go("/organisations");
    }

    private async Task<IActionResult> AgainAsync(Error error, string prefix)
    {
        var answer = Refused(error, prefix);
        await LoadAsync();
        return answer;
    }

    private async Task<Error?> LoadAsync()
    {
        var me = await SendAsync(new GetMe());
        if (!me.Succeeded)
            return me.Error;
        Me = me.Value;
        if (Input.Name.Length == 0)
            Input = new NameFields(me.Value.Name);
        return null;
    }
}
