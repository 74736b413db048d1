using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hermes.Infrastructure.Billing.Stripe;

/// <summary>
/// Stripe's scheme of signed webhooks: <c>t=&lt;unix seconds&gt;,v1=&lt;hex&gt;[,v1=…]</c>, HMAC-SHA-256 over
/// <c>t.payload</c> (docs.stripe.com/webhooks#verify-manually).
/// </summary>
internal static class StripeSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "Stripe-Signature";

    private const int MostLength = 4_096;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>True when any of the signatures is one of any of the secrets' and the time is within the tolerance. Comparisons take the same time wherever they differ.</summary>
    public static bool IsValid(ReadOnlySpan<byte> payload, string? header, IReadOnlyList<string> secrets, DateTimeOffset now, TimeSpan tolerance)
    {
        if (header is null or { Length: > MostLength })
            return false;
        long? at = null;
        var signatures = new List<byte[]>();
        foreach (var part in header.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                continue;
            var name = part.AsSpan(0, equals).Trim();
            var value = part.AsSpan(equals + 1).Trim();
            if (name is "t")
            {
                if (at is not null || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                    return false;
                at = seconds;
            }
            else if (name is "v1" && value.Length == 64 && !value.ContainsAnyExcept(Hex))
            {
                signatures.Add(Convert.FromHexString(value));
            }
        }
        // Wide enough for any clock, and no overflow.
        if (at is not { } signedAt || signatures.Count == 0 || Math.Abs((decimal)now.ToUnixTimeSeconds() - signedAt) > (decimal)tolerance.TotalSeconds)
            return false;
        var valid = false;
        foreach (var secret in secrets)
        {
            var expected = Compute(payload, signedAt, secret);
            foreach (var signature in signatures)
                valid |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }
        return valid;
    }

    /// <summary>The header for a payload.</summary>
    public static string Make(ReadOnlySpan<byte> payload, string secret, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"t={at.ToUnixTimeSeconds()},v1={Convert.ToHexStringLower(Compute(payload, at.ToUnixTimeSeconds(), secret))}");

    private static byte[] Compute(ReadOnlySpan<byte> payload, long at, string secret)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.ASCII.GetBytes(at.ToString(CultureInfo.InvariantCulture) + "."));
        hmac.AppendData(payload);
        return hmac.GetHashAndReset();
    }
}
