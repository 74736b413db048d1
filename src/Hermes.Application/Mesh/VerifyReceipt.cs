using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>Verifies a receipt against this installation's published keys and recomputes the winner.</summary>
/// <param name="Jws">The receipt, a compact JWS.</param>
[AllowsAnyone("It looks at nothing but what the caller sends and the keys that are published anyway.")]
public sealed record VerifyReceipt(string Jws) : IQuery<ReceiptCheck>;

/// <summary>What the verification found.</summary>
/// <param name="Holds">Signed here, and the winner follows from the bids.</param>
/// <param name="SignatureValid">A published key signed exactly this.</param>
/// <param name="KeyId">The key that it names; null when it could not be read.</param>
/// <param name="Findings">What is wrong, as sentences.</param>
/// <param name="Receipt">What it says; null when it could not be read.</param>
public sealed record ReceiptCheck(bool Holds, bool SignatureValid, string? KeyId, IReadOnlyList<string> Findings, AwardReceipt? Receipt);

internal sealed class VerifyReceiptValidator : AbstractValidator<VerifyReceipt>
{
    public VerifyReceiptValidator() => RuleFor(r => r.Jws).NotEmpty().MaximumLength(1_000_000);
}

internal sealed class VerifyReceiptHandler(IReceiptSigner signer) : IRequestHandler<VerifyReceipt, Result<ReceiptCheck>>
{
    public async Task<Result<ReceiptCheck>> Handle(VerifyReceipt request, CancellationToken cancellationToken)
    {
        var verdict = ReceiptVerifier.Verify(request.Jws, await signer.PublishedKeysAsync(cancellationToken));
        return new ReceiptCheck(verdict.Holds, verdict.SignatureValid, verdict.KeyId, verdict.Findings, verdict.Receipt);
    }
}
