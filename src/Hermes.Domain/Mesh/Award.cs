using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>
/// The decision on a contract, kept as it was made: weights, horizon, tie-break and order. A contract that was passed on
/// after a missed deadline has one award per round.
/// </summary>
public sealed class Award
{
    private Award()
    {
    }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>1 for the first award, 2 when it was passed on once …</summary>
    public int Round { get; private set; }

    /// <summary>The contract's poster.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The winner.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The winning bid.</summary>
    public BidId BidId { get; private set; }

    /// <summary>What is held.</summary>
    public Money Price { get; private set; }

    /// <summary>The weights that counted.</summary>
    public BidWeights Weights { get; private set; }

    /// <summary>The horizon of the speed component, in seconds.</summary>
    public int HorizonSeconds { get; private set; }

    /// <summary>What decided.</summary>
    public TieBreak TieBreak { get; private set; }

    /// <summary>The winner's score, 0–100.</summary>
    public decimal TotalScore { get; private set; }

    /// <summary>The bids that lost, best first.</summary>
    public Guid[] RunnerUps { get; private set; } = [];

    /// <summary>When it was decided.</summary>
    public DateTimeOffset AwardedAt { get; private set; }

    /// <summary>The person who awarded by hand; null when the window's end did.</summary>
    public PersonId? AwardedBy { get; private set; }

    /// <summary>Records a decision.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="round">From 1.</param>
    /// <param name="ranking">The order of the eligible bids.</param>
    /// <param name="winner">The bid that was chosen; not the best one only when a person chose or a winner forfeited.</param>
    /// <param name="awardedBy">The person who chose; null for the engine.</param>
    /// <param name="now">The instant.</param>
    public static Award Record(Contract contract, int round, Ranking ranking, Bid winner, PersonId? awardedBy, DateTimeOffset now)
    {
        var ranked = ranking.Bids.First(b => b.Candidate.Bid == winner.Id);
        return new Award
        {
            ContractId = contract.Id,
            Round = round,
            PosterTenantId = contract.TenantId,
            WinnerTenantId = winner.TenantId,
            AgentId = winner.AgentId,
            BidId = winner.Id,
            Price = winner.Price,
            Weights = contract.Weights,
            HorizonSeconds = ranking.HorizonSeconds,
            TieBreak = ranked.Rank == 1 ? ranking.TieBreak : TieBreak.ByHand,
            TotalScore = ranked.Score.Total,
            RunnerUps = [.. ranking.Bids.Where(b => b.Candidate.Bid != winner.Id).Select(b => b.Candidate.Bid.Value)],
            AwardedAt = now,
            AwardedBy = awardedBy,
        };
    }

    /// <summary>Records that the contract went on to the next best bid; the scores are those of the first round.</summary>
    public static Award PassedOn(Award former, Bid next, DateTimeOffset now) => new()
    {
        ContractId = former.ContractId,
        Round = former.Round + 1,
        PosterTenantId = former.PosterTenantId,
        WinnerTenantId = next.TenantId,
        AgentId = next.AgentId,
        BidId = next.Id,
        Price = next.Price,
        Weights = former.Weights,
        HorizonSeconds = former.HorizonSeconds,
        TieBreak = TieBreak.None,
        TotalScore = next.TotalScore ?? 0m,
        RunnerUps = [.. former.RunnerUps.Where(b => b != next.Id.Value)],
        AwardedAt = now,
    };
}
