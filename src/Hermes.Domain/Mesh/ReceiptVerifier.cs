using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hermes.Domain.Mesh;

/// <summary>What the verification of a receipt found.</summary>
/// <param name="Receipt">What it says; null when it could not be read.</param>
/// <param name="KeyId">The key that it names; null when it could not be read.</param>
/// <param name="SignatureValid">True when a published key signed exactly this.</param>
/// <param name="Findings">What is wrong, as sentences; empty when the receipt holds.</param>
public sealed record ReceiptVerdict(AwardReceipt? Receipt, string? KeyId, bool SignatureValid, IReadOnlyList<string> Findings)
{
    /// <summary>True when signed by the installation and the winner follows from the bids.</summary>
    public bool Holds => SignatureValid && Findings.Count == 0;
}

/// <summary>
/// Verifies receipts with nothing but the receipt and the installation's published keys: no database, no network.
/// ES256 only; the header's algorithm never chooses.
/// </summary>
public static class ReceiptVerifier
{
    /// <summary>Checks signature and decision.</summary>
    /// <param name="jws">A compact JWS.</param>
    /// <param name="jwks">A JSON Web Key Set, as published at <c>/.well-known/jwks.json</c>.</param>
    public static ReceiptVerdict Verify(string jws, string jwks)
    {
        var parts = jws.Trim().Split('.');
        if (parts.Length != 3 || parts.Any(p => p.Length == 0 || !Base64Url.IsValid(p)))
            return Unreadable("This is not a compact JWS.");
        string? keyId;
        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            if (header.RootElement.GetProperty("alg").GetString() != "ES256")
                return Unreadable("The receipt is not signed with ES256.");
            keyId = header.RootElement.GetProperty("kid").GetString();
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Unreadable("The receipt's header can't be read.");
        }
        var payload = Base64Url.DecodeFromChars(parts[1]);
        if (AwardReceipt.Read(payload) is not { } receipt)
            return new ReceiptVerdict(null, keyId, false, ["The receipt's content can't be read."]);
        var findings = new List<string>();
        var signed = false;
        using (var key = FindKey(jwks, keyId))
        {
            if (key is null)
                findings.Add($"No published key is named '{keyId}'.");
            else if (!(signed = key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256)))
                findings.Add("The signature does not fit: the receipt was changed or not signed by this installation.");
        }
        findings.AddRange(receipt.Recompute());
        return new ReceiptVerdict(receipt, keyId, signed, findings);
    }

    private static ECDsa? FindKey(string jwks, string? keyId)
    {
        try
        {
            using var set = JsonDocument.Parse(jwks);
            foreach (var key in set.RootElement.GetProperty("keys").EnumerateArray())
            {
                if (key.GetProperty("kid").GetString() != keyId || key.GetProperty("kty").GetString() != "EC" || key.GetProperty("crv").GetString() != "P-256")
                    continue;
                return ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint
                    {
                        X = Base64Url.DecodeFromChars(key.GetProperty("x").GetString()),
                        Y = Base64Url.DecodeFromChars(key.GetProperty("y").GetString()),
                    },
                });
            }
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or CryptographicException)
        {
            // Not a key set, or a damaged key: the same as a key that is not there.
        }
        return null;
    }

    private static ReceiptVerdict Unreadable(string finding) => new(null, null, false, [finding]);
}
