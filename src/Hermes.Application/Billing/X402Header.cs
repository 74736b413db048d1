using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>
/// Reads the <c>X-PAYMENT</c> header and holds it against what was asked for. Hermes looks at recipient, amount and times itself: a
/// facilitator that says yes to everything must not make money.
/// </summary>
internal static class X402Header
{
    public const int Version = 1;
    private const int MostLength = 8_192;

    // However long a payer lets it hold: for longer nobody asks what became of it.
    private static readonly TimeSpan LongestValidity = TimeSpan.FromDays(1);
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The payment. Errors: <see cref="BillingErrors.BadPayment"/> when it is no payment, <see cref="BillingErrors.Declined"/> when it is one for something else.</summary>
    public static Result<X402Payment> Read(string header, X402Requirements asked, DateTimeOffset now)
    {
        if (header.Length > MostLength)
            return BillingErrors.BadPayment;
        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(header)));
            var said = json.RootElement;
            var signed = said.GetProperty("payload").GetProperty("authorization");
            if (said.GetProperty("x402Version").GetInt32() != Version || Text(said.GetProperty("payload"), "signature").Length > 4_096)
                return BillingErrors.BadPayment;
            var (payer, nonce) = (Hex(signed, "from", 20), Hex(signed, "nonce", 32));
            var (after, before) = (Instant(signed, "validAfter"), Instant(signed, "validBefore"));
            if (Text(said, "scheme") != asked.Scheme || Text(said, "network") != asked.Network)
                return BillingErrors.Declined($"it must be by the scheme {asked.Scheme} on {asked.Network}");
            if (!Hex(signed, "to", 20).Equals(asked.PayTo, StringComparison.OrdinalIgnoreCase))
                return BillingErrors.Declined("it goes to somebody else");
            if (Text(signed, "value") != asked.MaxAmountRequired)
                return BillingErrors.Declined($"it must be of exactly {asked.MaxAmountRequired}");
            if (after > now)
                return BillingErrors.Declined("it does not hold yet");
            return new X402Payment(said.GetRawText(), JsonSerializer.Serialize(asked, HermesJson.Options), asked.Network, payer,
                $"{asked.Network}/{asked.Asset}/{payer}/{nonce}".ToLowerInvariant(), before > now + LongestValidity ? now + LongestValidity : before);
        }
        catch (Exception failure) when (failure is JsonException or FormatException or OverflowException or InvalidOperationException or KeyNotFoundException or DecoderFallbackException)
        {
            return BillingErrors.BadPayment;
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? throw new FormatException(name);

    private static string Hex(JsonElement of, string name, int bytes)
    {
        var text = Text(of, name);
        return text.Length == 2 + 2 * bytes && text.StartsWith("0x", StringComparison.Ordinal) && !text.AsSpan(2).ContainsAnyExcept(Digits)
            ? text.ToLowerInvariant() : throw new FormatException(name);
    }

    private static DateTimeOffset Instant(JsonElement of, string name) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Min(long.Parse(Text(of, name), NumberStyles.None, CultureInfo.InvariantCulture), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
}
