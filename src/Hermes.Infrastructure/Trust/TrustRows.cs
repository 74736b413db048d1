using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Trust;

/// <summary>One outcome; written by <c>trust.record_outcomes</c> and <c>trust.rate</c> only, never changed but for its one rating.</summary>
internal sealed class OutcomeRow : ITenantOwned
{
    public AgentId AgentId { get; init; }

    public ContractId ContractId { get; init; }

    /// <summary>The agent's owner.</summary>
    public TenantId TenantId { get; init; }

    /// <summary>Not readable by the app role: the log shows <see cref="Poster"/> instead.</summary>
    public TenantId PosterTenantId { get; init; }

    /// <summary>The poster's number in the agent's log; 0 for the owner itself.</summary>
    public int Poster { get; init; }

    public int Sequence { get; init; }

    public DateTimeOffset At { get; init; }

    public bool Success { get; init; }

    public bool OnTime { get; init; }

    public decimal Quality { get; init; }

    public bool LostInDispute { get; init; }

    public string Hash { get; init; } = "";

    /// <summary>Null until rated.</summary>
    public short? Stars { get; init; }

    public int? RatingSequence { get; init; }

    public DateTimeOffset? RatedAt { get; init; }

    public string? RatingHash { get; init; }
}

/// <summary>An agent's counters, score and the head of its outcome log.</summary>
internal sealed class ScoreRow : ITenantOwned
{
    public AgentId AgentId { get; init; }

    public TenantId TenantId { get; init; }

    public int Contracts { get; init; }

    public int Successes { get; init; }

    public int OnTime { get; init; }

    public int Ratings { get; init; }

    public int Stars { get; init; }

    public decimal QualitySum { get; init; }

    public decimal QualitySquareSum { get; init; }

    public DateOnly? FirstOn { get; init; }

    public int OtherPosters { get; init; }

    public decimal Score { get; init; }

    public decimal Effective { get; init; }

    /// <summary>Null below three contracts.</summary>
    public string? Grade { get; init; }

    /// <summary>Computed by the database, for sorting the leaderboard.</summary>
    public decimal SuccessRate { get; init; }

    /// <summary>The score of the last point in the history.</summary>
    public decimal Charted { get; init; }

    public int LastSequence { get; init; }

    public string LastHash { get; init; } = "";

    public DateTimeOffset ChangedAt { get; init; }
}

/// <summary>The score at the end of a UTC day on which it moved.</summary>
internal sealed class ScoreHistoryRow : ITenantOwned
{
    public AgentId AgentId { get; init; }

    public TenantId TenantId { get; init; }

    public DateOnly OnDate { get; init; }

    public decimal Score { get; init; }

    public decimal Effective { get; init; }

    public int Contracts { get; init; }
}

/// <summary>What an agent earned in one currency.</summary>
internal sealed class EarningsRow : ITenantOwned
{
    public AgentId AgentId { get; init; }

    public TenantId TenantId { get; init; }

    public Currency Currency { get; init; }

    public long MicroUnits { get; init; }
}

internal sealed class OutcomeConfiguration : IEntityTypeConfiguration<OutcomeRow>
{
    public void Configure(EntityTypeBuilder<OutcomeRow> builder)
    {
        builder.ToTable("outcomes", "trust", t =>
        {
            t.HasCheckConstraint("ck_outcomes_quality", "quality between 0 and 1");
            t.HasCheckConstraint("ck_outcomes_stars", "stars between 1 and 5");
            t.HasCheckConstraint("ck_outcomes_lost", "not (success and lost_in_dispute)");
            t.HasCheckConstraint("ck_outcomes_rating", "num_nulls(stars, rating_sequence, rated_at, rating_hash) in (0, 4)");
        });
        builder.HasKey(o => new { o.AgentId, o.ContractId });
        builder.Property(o => o.Quality).HasPrecision(5, 4);
        builder.Property(o => o.Hash).HasMaxLength(64);
        builder.Property(o => o.RatingHash).HasMaxLength(64);
        builder.HasIndex(o => new { o.AgentId, o.Sequence }).IsUnique();
        builder.HasIndex(o => new { o.AgentId, o.PosterTenantId });
    }
}

internal sealed class ScoreConfiguration : IEntityTypeConfiguration<ScoreRow>
{
    public void Configure(EntityTypeBuilder<ScoreRow> builder)
    {
        builder.ToTable("scores", "trust", t =>
        {
            t.HasCheckConstraint("ck_scores_range", "score between 0 and 1 and effective between 0 and 1");
            t.HasCheckConstraint("ck_scores_counters", "successes between 0 and contracts and on_time between 0 and contracts and ratings between 0 and contracts");
        });
        builder.HasKey(s => s.AgentId);
        builder.Property(s => s.QualitySum).HasPrecision(14, 4).HasDefaultValue(0m);
        builder.Property(s => s.QualitySquareSum).HasPrecision(18, 8).HasDefaultValue(0m);
        builder.Property(s => s.Contracts).HasDefaultValue(0);
        builder.Property(s => s.Successes).HasDefaultValue(0);
        builder.Property(s => s.OnTime).HasDefaultValue(0);
        builder.Property(s => s.Ratings).HasDefaultValue(0);
        builder.Property(s => s.Stars).HasDefaultValue(0);
        builder.Property(s => s.OtherPosters).HasDefaultValue(0);
        builder.Property(s => s.LastSequence).HasDefaultValue(0);
        builder.Property(s => s.Score).HasPrecision(5, 4).HasDefaultValue(0.5m);
        builder.Property(s => s.Effective).HasPrecision(5, 4).HasDefaultValue(0.5m);
        builder.Property(s => s.Charted).HasPrecision(5, 4).HasDefaultValue(0.5m);
        builder.Property(s => s.Grade).HasMaxLength(2);
        builder.Property(s => s.SuccessRate).HasPrecision(7, 6).HasComputedColumnSql("round(successes::numeric / greatest(contracts, 1), 6)", stored: true);
        builder.Property(s => s.LastHash).HasMaxLength(64).HasDefaultValue(Domain.Trust.OutcomeLog.Start);
        builder.HasIndex(s => new { s.Effective, s.AgentId });
        builder.HasIndex(s => new { s.Contracts, s.AgentId });
        builder.HasIndex(s => new { s.SuccessRate, s.AgentId });
    }
}

internal sealed class ScoreHistoryConfiguration : IEntityTypeConfiguration<ScoreHistoryRow>
{
    public void Configure(EntityTypeBuilder<ScoreHistoryRow> builder)
    {
        builder.ToTable("score_history", "trust");
        builder.HasKey(h => new { h.AgentId, h.OnDate });
        builder.Property(h => h.Score).HasPrecision(5, 4);
        builder.Property(h => h.Effective).HasPrecision(5, 4);
    }
}

internal sealed class EarningsConfiguration : IEntityTypeConfiguration<EarningsRow>
{
    public void Configure(EntityTypeBuilder<EarningsRow> builder)
    {
        builder.ToTable("earnings", "trust", t => t.HasCheckConstraint("ck_earnings_range", "micro_units >= 0"));
        builder.HasKey(e => new { e.AgentId, e.Currency });
        builder.HasIndex(e => new { e.Currency, e.MicroUnits, e.AgentId });
    }
}
