using System.Text;
using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Contracts;

/// <summary>The signed receipt of an award, with the winner recomputed from it.</summary>
public sealed class ReceiptModel : HermesPage
{
    /// <summary>The receipt.</summary>
    public ReceiptView Receipt { get; private set; } = null!;

    /// <summary>What its verification found.</summary>
    public ReceiptCheck Check { get; private set; } = null!;

    /// <summary>Shows and verifies it.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id, int? round)
    {
        var receipt = await SendAsync(new GetReceipt(ContractId.From(id), round));
        if (!receipt.Succeeded)
            return Refused(receipt.Error, "");
        var check = await SendAsync(new VerifyReceipt(receipt.Value.Jws));
        if (!check.Succeeded)
            return Refused(check.Error, "");
        (Receipt, Check) = (receipt.Value, check.Value);
        return Page();
    }

    /// <summary>The receipt as a file.</summary>
    public async Task<IActionResult> OnGetFileAsync(Guid id, int? round)
    {
        var receipt = await SendAsync(new GetReceipt(ContractId.From(id), round));
        return receipt.Succeeded ? File(Encoding.ASCII.GetBytes(receipt.Value.Jws), "application/jose", $"award-{id}.jws") : Refused(receipt.Error, "");
    }
}
