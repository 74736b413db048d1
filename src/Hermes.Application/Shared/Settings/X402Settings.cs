using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Payments on a chain by x402.</summary>
[Settings("Hermes:Billing:X402")]
public sealed class X402Settings : IChecksItself
{
    private const string Address = "^0x[0-9a-fA-F]{40}$";

    /// <summary>The facilitator, without <c>/verify</c> and <c>/settle</c>; null: x402 is off. Called like any outside address (<c>Hermes:Outgoing</c>).</summary>
    public Uri? Facilitator { get; set; }

    /// <summary>What the facilitator knows the installation by (bearer); null: nothing is sent. Never logged.</summary>
    public string? Token { get; set; }

    /// <summary>The chain.</summary>
    [Required]
    public string Network { get; set; } = "base";

    /// <summary>The token's contract.</summary>
    [Required, RegularExpression(Address, ErrorMessage = "must be 0x and 40 hexadecimal digits")]
    public string Asset { get; set; } = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";

    /// <summary>The token's name, as its contract says it.</summary>
    [Required]
    public string AssetName { get; set; } = "USD Coin";

    /// <summary>The token's version, as its contract says it.</summary>
    [Required]
    public string AssetVersion { get; set; } = "2";

    /// <summary>Decimals of the token's units.</summary>
    [Range(6, 18)]
    public int AssetDecimals { get; set; } = 6;

    /// <summary>The currency that a token stands for, one for one.</summary>
    [Required]
    public string Currency { get; set; } = "USD";

    /// <summary>The installation's address, which is paid; null only while x402 is off.</summary>
    [RegularExpression(Address, ErrorMessage = "must be 0x and 40 hexadecimal digits")]
    public string? PayTo { get; set; }

    /// <summary>Seconds for which a payer's signature should hold.</summary>
    [Range(60, 3_600)]
    public int TimeoutSeconds { get; set; } = 300;

    /// <summary>Seconds until the facilitator must have answered.</summary>
    [Range(1, 30)]
    public int AnswerSeconds { get; set; } = 20;

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (Facilitator is not null && PayTo is null)
            yield return "PayTo must be given to use x402";
        if (!Domain.Shared.Currency.TryParse(Currency, out _))
            yield return $"Currency is '{Currency}', which Hermes does not book";
    }
}
