using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>The keys that receipts are verified with, as a JSON Web Key Set.</summary>
[AllowsAnyone("They are public keys: whoever holds a receipt verifies it with them.")]
public sealed record GetPublishedKeys : IQuery<string>;

internal sealed class GetPublishedKeysHandler(IReceiptSigner signer) : IRequestHandler<GetPublishedKeys, Result<string>>
{
    public async Task<Result<string>> Handle(GetPublishedKeys request, CancellationToken cancellationToken) =>
        await signer.PublishedKeysAsync(cancellationToken);
}
