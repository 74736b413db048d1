using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The signed receipt of a contract's award, for its poster and everybody who bid.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Round">Which award; null for the present one.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetReceipt(ContractId ContractId, int? Round = null) : IQuery<ReceiptView>;

/// <summary>A receipt.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Round">The award's round.</param>
/// <param name="Jws">What proves it: verify it offline with <c>hermes verify</c>.</param>
/// <param name="KeyId">The key that signed it, published at <c>/.well-known/jwks.json</c>.</param>
/// <param name="SignedAt">When.</param>
/// <param name="Receipt">What it says.</param>
public sealed record ReceiptView(ContractId ContractId, int Round, string Jws, string KeyId, DateTimeOffset SignedAt, AwardReceipt Receipt);

internal sealed class GetReceiptHandler(IMeshDb db) : IRequestHandler<GetReceipt, Result<ReceiptView>>
{
    public async Task<Result<ReceiptView>> Handle(GetReceipt request, CancellationToken cancellationToken)
    {
        var receipt = await db.Receipts.AsNoTracking()
            .Where(r => r.ContractId == request.ContractId && (request.Round == null || r.Round == request.Round))
            .OrderByDescending(r => r.Round).FirstOrDefaultAsync(cancellationToken);
        if (receipt is null)
            return await db.Contracts.AnyAsync(c => c.Id == request.ContractId, cancellationToken) ? MeshErrors.ReceiptNotFound : MeshErrors.ContractNotFound;
        var content = AwardReceipt.Read(System.Buffers.Text.Base64Url.DecodeFromChars(receipt.Jws.Split('.')[1]))!;
        return new ReceiptView(receipt.ContractId, receipt.Round, receipt.Jws, receipt.KeyId, receipt.SignedAt, content);
    }
}
