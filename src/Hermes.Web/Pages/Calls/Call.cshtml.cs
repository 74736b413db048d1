using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Calls;

/// <summary>A call: what was said and produced, and its way step by step.</summary>
public sealed class CallModel(ICurrentActor current) : HermesPage
{
    /// <summary>The call's id.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>The call with steps and events.</summary>
    public CallTrace Trace { get; private set; } = null!;

    /// <summary>The longest step in microseconds, at least 1: the bars' whole.</summary>
    public decimal Longest => Math.Max(1, Trace.Steps.Max(s => s.Microseconds) ?? 1);

    /// <summary>True for those who may call it off.</summary>
    public bool MayCancel => Trace.Call is { IsMine: true, IsEnded: false } && current.Actor.Has(Permissions.AgentsCall);

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync() => await ShowAsync() ?? PageOr("_Trace", this);

    /// <summary>Calls it off.</summary>
    public async Task<IActionResult> OnPostCancelAsync()
    {
        var result = await SendAsync(new CancelCall(new CallId(Id)));
        if (!result.Succeeded)
            return await ShowAsync() ?? Refused(result.Error, "");
        Say("Called off; what was held went back.");
        return Go($"/calls/{Id}");
    }

    private async Task<IActionResult?> ShowAsync()
    {
        var result = await SendAsync(new GetCallTrace(new CallId(Id)));
        if (!result.Succeeded)
            return Refused(result.Error);
        Trace = result.Value;
        return null;
    }
}
