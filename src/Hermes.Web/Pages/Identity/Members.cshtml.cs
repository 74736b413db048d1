using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Api.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Hermes.Web.Pages.Identity;

/// <summary>The tenant's people and open invitations.</summary>
public sealed class MembersModel(ICurrentActor current) : HermesPage
{
    /// <summary>Whom to invite.</summary>
    /// <param name="Email">The address.</param>
    /// <param name="Role">Name of the role.</param>
    public sealed record Invitee([Required] string Email, [Required] string Role);

    /// <summary>Whom to invite.</summary>
    [BindProperty]
    public Invitee Input { get; set; } = new("", BuiltInRoles.Viewer);

    /// <summary>Part of a name or address to look for.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Text { get; set; }

    /// <summary>Only who has this role.</summary>
    [BindProperty(SupportsGet = true, Name = "only")]
    public string? Only { get; set; }

    /// <summary>The members shown.</summary>
    public Page<MemberView> Members { get; private set; } = new([], null);

    /// <summary>Invitations that nobody accepted yet.</summary>
    public IReadOnlyList<InvitationView> Invitations { get; private set; } = [];

    /// <summary>The viewer.</summary>
    public PersonId? Me => current.Actor.Person;

    /// <summary>True when the viewer may change something.</summary>
    public bool MayManage => current.Actor.Has(Permissions.UsersManage);

    /// <summary>Roles to choose from, with the given one chosen.</summary>
    public static IEnumerable<SelectListItem> Roles(string chosen) => BuiltInRoles.All.Select(r => new SelectListItem(r.Title, r.Name, r.Name == chosen));

    /// <summary>The lists.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } refused ? Refused(refused) : Page();

    /// <summary>The members as CSV.</summary>
    public Task<IActionResult> OnGetCsvAsync() => CsvAsync(IdentityEndpoints.MembersCsv, cursor => new ListMembers(Paging.MaxLimit, cursor, Text, Only));

    /// <summary>Invites.</summary>
    public async Task<IActionResult> OnPostInviteAsync()
    {
        if (!ModelState.IsValid)
            return await AgainAsync(null);
        var result = await SendAsync(new InviteMember(Input.Email, Input.Role));
        if (!result.Succeeded)
            return await AgainAsync(result.Error);
        Say($"An invitation is on its way to {result.Value.Email}.");
        return Go("/members");
    }

    /// <summary>Gives another role.</summary>
    public Task<IActionResult> OnPostRoleAsync(Guid person, string role, uint version) =>
        DoAsync(new ChangeMemberRole(new PersonId(person), role, version), m => $"{m.Name} is {m.Role} now.");

    /// <summary>Removes a member.</summary>
    public Task<IActionResult> OnPostRemoveAsync(Guid person) => DoAsync(new RemoveMember(new PersonId(person)), _ => "The member was removed.");

    /// <summary>Takes an invitation back.</summary>
    public Task<IActionResult> OnPostRevokeAsync(Guid invitation) => DoAsync(new RevokeInvitation(new InvitationId(invitation)), _ => "The invitation was taken back.");

    private async Task<IActionResult> DoAsync<T>(MediatR.IRequest<Result<T>> request, Func<T, string> said)
    {
        ModelState.Clear();
        var result = await SendAsync(request);
        if (!result.Succeeded)
            return await AgainAsync(result.Error);
        Say(said(result.Value));
        return Go("/members");
    }

    private async Task<IActionResult> AgainAsync(Error? error)
    {
        var answer = error is null ? Page() : Refused(error);
        await LoadAsync(null);
        return answer;
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var members = await SendAsync(new ListMembers(null, cursor, Text, Only));
        if (!members.Succeeded)
            return members.Error;
        Members = members.Value;
        if (MayManage && await SendAsync(new ListInvitations()) is { Succeeded: true } invitations)
            Invitations = invitations.Value;
        return null;
    }
}
