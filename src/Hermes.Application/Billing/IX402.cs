using System.Text.Json.Serialization;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>
/// Payments on a chain by x402 (version 1, scheme <c>exact</c> on EVM chains): the payer signs, a facilitator verifies and settles.
/// It sends no events and gives nothing back.
/// </summary>
public interface IX402 : INamedProvider
{
    /// <summary>What a payer of this amount has to sign.</summary>
    /// <param name="charged">Whole coins of the installation's currency for it. Error: <see cref="BillingErrors.OtherCurrency"/>.</param>
    /// <param name="resource">The address that is paid for.</param>
    Result<X402Requirements> Require(Money charged, Uri resource);

    /// <summary>Asks whether the payment would hold, without settling it. Errors: <see cref="BillingErrors.Declined"/>, <see cref="BillingErrors.ProviderAway"/>.</summary>
    Task<Result<Done>> VerifyAsync(X402Payment payment, CancellationToken cancellationToken);

    /// <summary>Settles; the transaction on the chain. <see cref="BillingErrors.Declined"/>: refused; <see cref="BillingErrors.ProviderAway"/>: nobody knows.</summary>
    Task<Result<string>> SettleAsync(X402Payment payment, CancellationToken cancellationToken);
}

/// <summary>What a payer is asked for, as x402 writes it.</summary>
/// <param name="Scheme">Always <c>exact</c>.</param>
/// <param name="Network">The chain.</param>
/// <param name="MaxAmountRequired">In the asset's smallest units.</param>
/// <param name="Resource">The address that is paid for.</param>
/// <param name="Description">What for.</param>
/// <param name="MimeType">Of the answer.</param>
/// <param name="PayTo">Who is paid.</param>
/// <param name="MaxTimeoutSeconds">For how long the payer's signature should hold.</param>
/// <param name="Asset">The token's contract.</param>
/// <param name="Extra">The token's name and version, which are signed, too.</param>
public sealed record X402Requirements(
    [property: JsonPropertyName("scheme")] string Scheme,
    [property: JsonPropertyName("network")] string Network,
    [property: JsonPropertyName("maxAmountRequired")] string MaxAmountRequired,
    [property: JsonPropertyName("resource")] string Resource,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("mimeType")] string MimeType,
    [property: JsonPropertyName("payTo")] string PayTo,
    [property: JsonPropertyName("maxTimeoutSeconds")] int MaxTimeoutSeconds,
    [property: JsonPropertyName("asset")] string Asset,
    [property: JsonPropertyName("extra")] X402Token Extra);

/// <summary>What a token calls itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
public sealed record X402Token([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("version")] string Version);

/// <summary>A signed payment.</summary>
/// <param name="Payload">All of it as it came, JSON.</param>
/// <param name="Requirements">What it answers, JSON.</param>
/// <param name="Network">The chain.</param>
/// <param name="Payer">The payer's address, lower case.</param>
/// <param name="Authorization">What the chain takes once only: network, asset, payer and nonce, lower case.</param>
/// <param name="ValidUntil">When it is void.</param>
public sealed record X402Payment(string Payload, string Requirements, string Network, string Payer, string Authorization, DateTimeOffset ValidUntil);
