using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Ledger;

/// <summary>One mandate with what it paid for.</summary>
public sealed class MandateModel(ICurrentActor current) : HermesPage
{
    /// <summary>Which.</summary>
    [BindProperty(SupportsGet = true, Name = "id")]
    public Guid Id { get; set; }

    /// <summary>Its terms in the form.</summary>
    [BindProperty]
    public MandateForm Input { get; set; } = new();

    /// <summary>The mandate.</summary>
    public MandateView? Mandate { get; private set; }

    /// <summary>What it paid for, a page.</summary>
    public Page<MandateUseView> Uses { get; private set; } = new([], null);

    /// <summary>Whether the actor may change it.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        if (await LoadAsync(cursor) is { } refused)
            return Refused(refused, "");
        Input = MandateForm.Of(Mandate!);
        return Page();
    }

    /// <summary>Replaces the terms.</summary>
    public async Task<IActionResult> OnPostEditAsync(uint? revision)
    {
        if (Input.Read(ModelState, out _, out var terms))
        {
            var edited = await SendAsync(new EditMandate(new MandateId(Id), terms, revision));
            if (edited.Succeeded)
            {
                Say("The mandate was changed.");
                return Go($"/wallet/mandates/{Id}");
            }
            if (edited.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden or ErrorKind.NotFound)
                return ErrorPage(edited.Error);
            Explain(edited.Error);
        }
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await LoadAsync(null) is { } refused ? ErrorPage(refused) : Page();
    }

    /// <summary>Takes it back.</summary>
    public async Task<IActionResult> OnPostRevokeAsync()
    {
        var revoked = await SendAsync(new RevokeMandate(new MandateId(Id)));
        if (!revoked.Succeeded)
            return ErrorPage(revoked.Error);
        Say("The mandate is revoked.");
        return Go($"/wallet/mandates/{Id}");
    }

    /// <summary>Takes it off the list.</summary>
    public async Task<IActionResult> OnPostRemoveAsync()
    {
        var removed = await SendAsync(new RemoveMandate(new MandateId(Id)));
        if (!removed.Succeeded)
            return ErrorPage(removed.Error);
        Say("The mandate is off the list.");
        return Go("/wallet/mandates");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var mandate = await SendAsync(new GetMandate(new MandateId(Id)));
        if (!mandate.Succeeded)
            return mandate.Error;
        Mandate = mandate.Value;
        if (await SendAsync(new ListMandateUses(mandate.Value.Id, null, cursor)) is { Succeeded: true } uses)
            Uses = uses.Value;
        return null;
    }
}
