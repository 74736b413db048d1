using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Contracts;

/// <summary>A contract's dispute for its two sides: what was said, given and decided, and what can be done now.</summary>
[RequestSizeLimit(DisputeEvidence.MaxFileBytes + 64 * 1024)]
public sealed class DisputeModel : HermesPage
{
    /// <summary>The dispute.</summary>
    public OwnDispute Case { get; private set; } = null!;

    /// <summary>Shows it; htmx asks for the changing part.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id) => await LoadAsync(id) is { } error ? Refused(error) : PageOr("_Dispute", this);

    /// <summary>A file.</summary>
    public async Task<IActionResult> OnGetFileAsync(Guid id, Guid evidence)
    {
        var file = await SendAsync(new GetEvidenceFile(new ContractId(id), evidence));
        return file.Succeeded ? Attachment(file.Value) : Refused(file.Error);
    }

    /// <summary>Answers.</summary>
    public Task<IActionResult> OnPostRespondAsync(Guid id, string? text) => ActAsync(id, new RespondToDispute(new ContractId(id), text), "Your answer was added.");

    /// <summary>Adds evidence.</summary>
    public async Task<IActionResult> OnPostEvidenceAsync(Guid id, string? text, IFormFile? file)
    {
        if (file?.Length > DisputeEvidence.MaxFileBytes)
            return await LoadAsync(id) is { } error ? Refused(error) : Refused(DisputeErrors.FileTooLarge, "");
        var content = Array.Empty<byte>();
        if (file is { Length: > 0 })
        {
            using var memory = new MemoryStream((int)file.Length);
            await file.CopyToAsync(memory, HttpContext.RequestAborted);
            content = memory.ToArray();
        }
        return await ActAsync(id, new GiveEvidence(new ContractId(id), text, file?.FileName, content), "The evidence was added.");
    }

    /// <summary>Appeals.</summary>
    public Task<IActionResult> OnPostAppealAsync(Guid id, string? reason) => ActAsync(id, new AppealDispute(new ContractId(id), reason), "Appealed. Another operator decides for good.");

    private FileContentResult Attachment(EvidenceContent file)
    {
        Response.Headers.XContentTypeOptions = "nosniff";
        Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        Response.Headers.CacheControl = "private, no-store";
        return File(file.Content, file.ContentType, file.Name);
    }

    private async Task<IActionResult> ActAsync<T>(Guid id, IRequest<Result<T>> request, string done)
    {
        var result = await SendAsync(request);
        if (result.Succeeded)
        {
            Say(done);
            return Go($"/contracts/{id}/dispute");
        }
        return await LoadAsync(id) is { } error ? Refused(error) : Refused(result.Error, "");
    }

    private async Task<Error?> LoadAsync(Guid id)
    {
        var result = await SendAsync(new GetOwnDispute(new ContractId(id)));
        if (result.Succeeded)
            Case = result.Value;
        return result.Error;
    }
}
