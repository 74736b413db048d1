using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Promotional credits that the installation gives: spent first, never paid out. An amount of zero gives none of that kind.</summary>
[Settings("Hermes:Promotions")]
public sealed class PromotionSettings : IChecksItself
{
    /// <summary>Their currency.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>For a new organisation, once, claimed within <see cref="NewForDays"/>; one person claims it for one organisation.</summary>
    [Range(0, 1_000_000)]
    public decimal SignUp { get; set; }

    /// <summary>Each day (UTC) that it is claimed; one person claims it for one organisation a day.</summary>
    [Range(0, 1_000_000)]
    public decimal Daily { get; set; }

    /// <summary>To both sides, when an organisation that was referred has spent <see cref="ReferralSpend"/> of its own money.</summary>
    [Range(0, 1_000_000)]
    public decimal Referral { get; set; }

    /// <summary>What the referred organisation must have spent first; bought money, not credits.</summary>
    [Range(0, 1_000_000)]
    public decimal ReferralSpend { get; set; } = 10;

    /// <summary>The most days on which an organisation gets the daily credits.</summary>
    [Range(0, 10_000)]
    public int DailyAtMost { get; set; } = 30;

    /// <summary>The most referrals that an organisation is rewarded for in a calendar month (UTC).</summary>
    [Range(0, 10_000)]
    public int ReferralsAMonth { get; set; } = 20;

    /// <summary>How long an organisation is new.</summary>
    [Range(1, 366)]
    public int NewForDays { get; set; } = 30;

    /// <summary>Days until credits expire.</summary>
    [Range(1, 3_660)]
    public int ExpireAfterDays { get; set; } = 90;

    /// <summary>The most that the installation gives in a day (UTC), over all kinds and organisations.</summary>
    [Range(0, 1_000_000_000)]
    public decimal MostADay { get; set; } = 1_000;

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (!Domain.Shared.Currency.TryParse(Currency, out _))
            yield return $"Currency is {Currency}, which Hermes does not book";
    }
}
