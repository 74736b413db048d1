using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>One dispute with everything that was asked for, delivered, said and given, and its decision.</summary>
public sealed class DisputeModel : HermesPage
{
    /// <summary>The case.</summary>
    public DisputeCase Case { get; private set; } = null!;

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id) => await LoadAsync(id) is { } error ? Refused(error, "") : Page();

    /// <summary>A file of its evidence.</summary>
    public async Task<IActionResult> OnGetFileAsync(Guid id, Guid evidence)
    {
        var file = await SendAsync(new ReadEvidenceFile(new ContractId(id), evidence));
        if (!file.Succeeded)
            return Refused(file.Error);
        Response.Headers.XContentTypeOptions = "nosniff";
        Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        Response.Headers.CacheControl = "private, no-store";
        return File(file.Value.Content, file.Value.ContentType, file.Value.Name);
    }

    /// <summary>Decides it, first or on its appeal.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, DisputeDecision decision, int? percent, string? note)
    {
        var result = await SendAsync(new ResolveDispute(ContractId.From(id), decision, decision == DisputeDecision.Split ? percent : null, note));
        if (!result.Succeeded)
            return await LoadAsync(id) is { } error ? Refused(error, "") : Refused(result.Error, "");
        Say(result.Value.Proposal is not null ? "Proposed. Another operator has to confirm it."
            : result.Value.Settlement is not null ? "Decided. The money has moved."
            : "Decided. The money moves when nobody appeals in time.");
        return Go($"/operator/disputes/{id}");
    }

    private async Task<Error?> LoadAsync(Guid id)
    {
        var result = await SendAsync(new GetDispute(ContractId.From(id)));
        if (result.Succeeded)
            Case = result.Value;
        return result.Error;
    }
}
