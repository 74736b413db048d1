using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>One dispute with everything that was asked for and delivered.</summary>
public sealed class DisputeModel : HermesPage
{
    /// <summary>The case.</summary>
    public DisputeCase Case { get; private set; } = null!;

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var result = await SendAsync(new GetDispute(ContractId.From(id)));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Case = result.Value;
        return Page();
    }
}
