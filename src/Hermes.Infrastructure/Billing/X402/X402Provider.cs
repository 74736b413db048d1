using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Billing.X402;

/// <summary>
/// x402 (version 1) by a facilitator's <c>/verify</c> and <c>/settle</c>. What it says is believed only where it fits what was asked.
/// </summary>
internal sealed class X402Provider(IOutgoingHttp http, X402Settings settings, ILogger<X402Provider> logger) : IX402
{
    private readonly OutgoingLimits _limits = new()
    {
        Total = TimeSpan.FromSeconds(settings.AnswerSeconds),
        Silence = TimeSpan.FromSeconds(settings.AnswerSeconds),
        MaxBytes = 64 * 1024,
        MaxRedirects = 0,
    };

    public string Name => "x402";

    public bool IsThere => settings.Facilitator is not null;

    public Result<X402Requirements> Require(Money charged, Uri resource) => charged.Currency.Code != settings.Currency
        ? BillingErrors.OtherCurrency(settings.Currency)
        : new X402Requirements("exact", settings.Network, (charged.MicroUnits * BigInteger.Pow(10, settings.AssetDecimals - 6)).ToString(CultureInfo.InvariantCulture), resource.AbsoluteUri,
            $"Credits: {charged}", "application/json", settings.PayTo!, settings.TimeoutSeconds, settings.Asset, new X402Token(settings.AssetName, settings.AssetVersion));

    public async Task<Result<Done>> VerifyAsync(X402Payment payment, CancellationToken cancellationToken)
    {
        if (await AskAsync("verify", payment, cancellationToken) is not { } said)
            return BillingErrors.ProviderAway;
        if (Flag(said, "isValid") is not { } valid)
            return BillingErrors.ProviderAway;
        if (!valid)
            return BillingErrors.Declined(Text(said, "invalidReason"));
        return Fits(said, "payer", payment.Payer) ? Done.Ok : BillingErrors.ProviderAway;
    }

    public async Task<Result<string>> SettleAsync(X402Payment payment, CancellationToken cancellationToken)
    {
        if (await AskAsync("settle", payment, cancellationToken) is not { } said)
            return BillingErrors.ProviderAway;
        var transaction = Text(said, "transaction");
        return Flag(said, "success") switch
        {
            false when string.IsNullOrEmpty(transaction) => BillingErrors.Declined(Text(said, "errorReason")),
            true when transaction is { Length: > 0 and <= 255 } && Text(said, "network") == payment.Network && Fits(said, "payer", payment.Payer) => transaction.ToLowerInvariant(),
            _ => BillingErrors.ProviderAway,
        };
    }

    public Result<ReceivedEvent> Verify(ReadOnlySpan<byte> payload, Func<string, string?> header) => BillingErrors.UnknownProvider;

    /// <summary>What the facilitator says, whatever its status; null when it says nothing that is understood.</summary>
    private async Task<JsonElement?> AskAsync(string what, X402Payment payment, CancellationToken cancellationToken)
    {
        try
        {
            var body = $$"""{"x402Version":1,"paymentPayload":{{payment.Payload}},"paymentRequirements":{{payment.Requirements}}}""";
            var answer = await http.SendAsync(new OutgoingRequest(HttpMethod.Post, new Uri($"{settings.Facilitator!.AbsoluteUri.TrimEnd('/')}/{what}"))
            {
                Body = Encoding.UTF8.GetBytes(body),
                Secrets = string.IsNullOrEmpty(settings.Token) ? [] : [new("Authorization", $"Bearer {settings.Token}")],
            }, _limits, cancellationToken);
            if (JsonElement.Parse(answer.Body.Span) is { ValueKind: JsonValueKind.Object } said && answer.Status < 500)
                return said;
            logger.LogWarning("The facilitator answered {Status} to {What}", answer.Status, what);
        }
        catch (Exception failure) when (failure is OutgoingFailedException or JsonException)
        {
            logger.LogWarning("The facilitator did not answer {What}: {Failure}", what, failure.Message);
        }
        return null;
    }

    private static bool Fits(JsonElement said, string name, string expected) => string.Equals(Text(said, name), expected, StringComparison.OrdinalIgnoreCase);

    private static bool? Flag(JsonElement said, string name) => said.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    private static string? Text(JsonElement said, string name) => said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
