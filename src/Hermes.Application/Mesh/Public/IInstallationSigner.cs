namespace Hermes.Application.Mesh.Public;

/// <summary>Signs with the installation's published key (ES256), the one that signs receipts.</summary>
public interface IInstallationSigner
{
    /// <summary>Signs bytes that lie beside the signature (a detached JWS, RFC 7515 appendix F).</summary>
    /// <param name="payload">What is signed.</param>
    /// <param name="keysUrl">Where the key is published; goes into the header as <c>jku</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<DetachedSignature> SignAsync(ReadOnlyMemory<byte> payload, string keysUrl, CancellationToken cancellationToken);
}

/// <summary>A signature without what it signs.</summary>
/// <param name="Protected">The header, base64url: alg, kid, typ <c>JOSE</c>, jku.</param>
/// <param name="Signature">Base64url.</param>
public sealed record DetachedSignature(string Protected, string Signature);
