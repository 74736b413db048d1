using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>A bid in a receipt. The bidder is named by its bid's id, which only it and the poster know.</summary>
/// <param name="Bid">Pseudonym.</param>
/// <param name="PriceMicroUnits">Price in millionths of the receipt's currency.</param>
/// <param name="EtaSeconds">Promised seconds.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="EffectiveTrust">0–1.</param>
/// <param name="BidAt">Placed or last revised.</param>
/// <param name="Rank">1 is the best.</param>
/// <param name="Components">Score components and total.</param>
public sealed record ReceiptBid(Guid Bid, long PriceMicroUnits, int EtaSeconds, decimal Confidence, decimal EffectiveTrust, DateTimeOffset BidAt, int Rank, ReceiptScore Components);

/// <summary>Components with six decimals and their weighted sum.</summary>
public sealed record ReceiptScore(decimal Price, decimal Performance, decimal Speed, decimal Reputation, decimal Total);

/// <summary>Percents.</summary>
public sealed record ReceiptWeights(int Price, int Performance, int Speed, int Reputation);

/// <summary>
/// What a receipt says: everything that the decision followed from, so that anybody recomputes it. Written as
/// snake_case JSON; numbers are exact decimals.
/// </summary>
/// <param name="Type">Always <c>hermes.award.1</c>.</param>
/// <param name="Issuer">The installation's address; empty where none is configured.</param>
/// <param name="ContractId">The contract.</param>
/// <param name="Round">1 for the first award.</param>
/// <param name="AwardedAt">When it was decided.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="RewardMicroUnits">What prices were measured by.</param>
/// <param name="DeliveryWindowSeconds">Null where the contract has none.</param>
/// <param name="HorizonSeconds">What times were measured by.</param>
/// <param name="Weights">The poster's weights.</param>
/// <param name="Bids">The eligible bids, best first.</param>
/// <param name="Winner">The bid that was awarded.</param>
/// <param name="TieBreak">What decided: none, lower_price, earlier_bid, smaller_id or by_hand.</param>
/// <param name="Forfeited">Bids of earlier rounds that lost the award again; empty in the first round.</param>
public sealed record AwardReceipt(
    string Type, string Issuer, Guid ContractId, int Round, DateTimeOffset AwardedAt, string Currency, long RewardMicroUnits,
    int? DeliveryWindowSeconds, int HorizonSeconds, ReceiptWeights Weights, IReadOnlyList<ReceiptBid> Bids, Guid Winner,
    TieBreak TieBreak, IReadOnlyList<Guid> Forfeited)
{
    /// <summary>Marks a receipt of this form.</summary>
    public const string TypeName = "hermes.award.1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The receipt of a decision.</summary>
    /// <param name="issuer">The installation's address.</param>
    /// <param name="contract">The contract.</param>
    /// <param name="round">From 1.</param>
    /// <param name="reward">What prices were measured by.</param>
    /// <param name="deliveryWindowSeconds">Null where the contract has none.</param>
    /// <param name="weights">The poster's weights.</param>
    /// <param name="ranking">The eligible bids in order.</param>
    /// <param name="winner">The bid that was awarded.</param>
    /// <param name="tieBreak">What decided.</param>
    /// <param name="at">When.</param>
    /// <param name="forfeited">Bids of earlier rounds that lost the award again.</param>
    public static AwardReceipt Of(
        string issuer, ContractId contract, int round, Money reward, int? deliveryWindowSeconds, BidWeights weights, Ranking ranking, BidId winner,
        TieBreak tieBreak, DateTimeOffset at, IReadOnlyList<Guid> forfeited) => new(
        TypeName, issuer, contract.Value, round, at, reward.Currency.Code, reward.MicroUnits, deliveryWindowSeconds, ranking.HorizonSeconds,
        new ReceiptWeights(weights.Price, weights.Performance, weights.Speed, weights.Reputation),
        [.. ranking.Bids.Select(b => new ReceiptBid(
            b.Candidate.Bid.Value, b.Candidate.Price.MicroUnits, b.Candidate.EtaSeconds, b.Candidate.Confidence, b.Candidate.EffectiveTrust,
            b.Candidate.BidAt, b.Rank, new ReceiptScore(b.Score.Price, b.Score.Performance, b.Score.Speed, b.Score.Reputation, b.Score.Total)))],
        winner.Value, tieBreak, forfeited);

    /// <summary>As UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads JSON; null for what is not a receipt.</summary>
    public static AwardReceipt? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var receipt = JsonSerializer.Deserialize<AwardReceipt>(json, Json);
            return receipt is { Type: TypeName, Bids.Count: > 0, Weights: not null, Forfeited: not null } && receipt.Bids.All(b => b is { Components: not null }) ? receipt : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Recomputes every component, the order, the tie-break and the winner from the bids alone. The findings are
    /// sentences; none means that the receipt follows from its own facts.
    /// </summary>
    public IReadOnlyList<string> Recompute()
    {
        var findings = new List<string>();
        if (!Domain.Shared.Currency.TryParse(Currency, out var currency) || RewardMicroUnits <= 0 || HorizonSeconds <= 0)
            return ["The currency, the reward or the horizon is not valid."];
        var weights = BidWeights.Of(Weights.Price, Weights.Performance, Weights.Speed, Weights.Reputation);
        if (!weights.Succeeded)
            return ["The weights do not add up to 100."];
        var candidates = Bids.Select(b => new Candidate(new BidId(b.Bid), new Money(b.PriceMicroUnits, currency), b.EtaSeconds, b.Confidence, b.EffectiveTrust, b.BidAt)).ToList();
        if (candidates.Select(c => c.Bid).Distinct().Count() != candidates.Count)
            return ["A bid appears twice."];
        var ranking = Ranking.Of(candidates, new Money(RewardMicroUnits, currency), DeliveryWindowSeconds, weights.Value)!;
        if (ranking.HorizonSeconds != HorizonSeconds)
            findings.Add($"The horizon is {ranking.HorizonSeconds} s, the receipt says {HorizonSeconds} s.");
        foreach (var ranked in ranking.Bids)
        {
            var stated = Bids.Single(b => b.Bid == ranked.Candidate.Bid.Value);
            var score = new ReceiptScore(ranked.Score.Price, ranked.Score.Performance, ranked.Score.Speed, ranked.Score.Reputation, ranked.Score.Total);
            if (stated.Components != score)
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"Bid {stated.Bid} scores {score.Total:0.######}, the receipt says {stated.Components.Total:0.######}."));
            if (stated.Rank != ranked.Rank)
                findings.Add($"Bid {stated.Bid} ranks {ranked.Rank}, the receipt says {stated.Rank}.");
        }
        var best = ranking.Bids.FirstOrDefault(b => !Forfeited.Contains(b.Candidate.Bid.Value));
        if (TieBreak == TieBreak.ByHand)
        {
            if (Bids.All(b => b.Bid != Winner))
                findings.Add("The winner is not among the bids.");
        }
        else if (best is null || best.Candidate.Bid.Value != Winner)
            findings.Add($"Bid {best?.Candidate.Bid.Value} wins, the receipt says {Winner}.");
        else if (Round == 1 && ranking.TieBreak != TieBreak)
            findings.Add($"The tie-break is {ranking.TieBreak}, the receipt says {TieBreak}.");
        return findings;
    }
}
