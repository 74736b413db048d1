using System.Security.Cryptography;
using System.Text;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Where a milestone is.</summary>
public enum MilestoneState
{
    /// <summary>To be delivered, when those before it are over.</summary>
    Planned,
    /// <summary>Its result is there and waits for the poster.</summary>
    Delivered,
    /// <summary>Its part was released by its score. Final.</summary>
    Paid,
    /// <summary>Its part is in dispute.</summary>
    Disputed,
    /// <summary>Nothing of its part was released. Final.</summary>
    Refunded,
    /// <summary>It was not delivered: the rest of the contract was called off, refunded or decided as a whole. Final.</summary>
    Cancelled,
}

/// <summary>What can be done to a milestone.</summary>
public enum MilestoneAct
{
    /// <summary>Hand its result in.</summary>
    Deliver,
    /// <summary>Release its part by its score.</summary>
    Pay,
    /// <summary>Disagree about it.</summary>
    Dispute,
    /// <summary>Give its part back after a dispute.</summary>
    Refund,
    /// <summary>Drop it with the rest of the contract.</summary>
    Cancel,
}

/// <summary>What a poster plans as a milestone.</summary>
/// <param name="Title">One line, 1–200 characters.</param>
/// <param name="Weight">Its part of the price, as a part of the sum of all weights; above zero.</param>
/// <param name="DueSeconds">How long the winner has for it from the award or the end of the one before; null: the contract's window.</param>
/// <param name="Validation">What its result is checked against.</param>
public sealed record MilestoneTerms(string Title, long Weight, int? DueSeconds, ValidationRules Validation);

/// <summary>
/// A part of a contract that is delivered, validated and paid on its own, one after the other. Its money is a part of the
/// contract's escrow; the use case that calls a method moves it in the same transaction.
/// </summary>
public sealed class Milestone : IVersioned
{
    /// <summary>Most of a contract.</summary>
    public const int Most = 20;

    private static readonly Dictionary<(MilestoneState From, MilestoneAct Act), MilestoneState> Table = new()
    {
        [(MilestoneState.Planned, MilestoneAct.Deliver)] = MilestoneState.Delivered,
        [(MilestoneState.Planned, MilestoneAct.Cancel)] = MilestoneState.Cancelled,
        [(MilestoneState.Delivered, MilestoneAct.Pay)] = MilestoneState.Paid,
        [(MilestoneState.Delivered, MilestoneAct.Dispute)] = MilestoneState.Disputed,
        [(MilestoneState.Delivered, MilestoneAct.Cancel)] = MilestoneState.Cancelled,
        [(MilestoneState.Disputed, MilestoneAct.Pay)] = MilestoneState.Paid,
        [(MilestoneState.Disputed, MilestoneAct.Refund)] = MilestoneState.Refunded,
    };

    private Milestone()
    {
    }

    /// <summary>Its id.</summary>
    public MilestoneId Id { get; private set; }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>The poster.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>Its place, from 1.</summary>
    public int Place { get; private set; }

    /// <summary>One line.</summary>
    public string Title { get; private set; } = "";

    /// <summary>Its part of the price, as a part of the sum of all weights.</summary>
    public long Weight { get; private set; }

    /// <summary>How long the winner has for it; null: the contract's window.</summary>
    public int? DueSeconds { get; private set; }

    /// <summary>What its result is checked against.</summary>
    public ValidationRules Validation { get; private set; } = ValidationRules.None;

    /// <summary>Where it is.</summary>
    public MilestoneState State { get; private set; }

    /// <summary>When its result came; null before.</summary>
    public DateTimeOffset? DeliveredAt { get; private set; }

    /// <summary>True when it came within its time; null before.</summary>
    public bool? OnTime { get; private set; }

    /// <summary>Until when the poster may accept or reject; null unless it waits for that.</summary>
    public DateTimeOffset? AcceptBy { get; private set; }

    /// <summary>Its result's score, 0–1; for a decided dispute the part that was released; null before.</summary>
    public decimal? Score { get; private set; }

    /// <summary>What the agent's side got, in millionths; null before it is over.</summary>
    public long? AgentMicroUnits { get; private set; }

    /// <summary>What the platform got, in millionths; null before it is over.</summary>
    public long? PlatformMicroUnits { get; private set; }

    /// <summary>What went back to the poster, in millionths; null before it is over.</summary>
    public long? RefundedMicroUnits { get; private set; }

    /// <summary>When it was over; null before.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>True when nothing more happens to it.</summary>
    public bool IsOver => State is MilestoneState.Paid or MilestoneState.Refunded or MilestoneState.Cancelled;

    /// <summary>
    /// What its end is to the contract. A dispute about the contract as a whole allows neither: only a milestone that is
    /// disputed itself resumes it.
    /// </summary>
    public ContractAct End => State == MilestoneState.Disputed ? ContractAct.Resume : ContractAct.EndMilestone;

    /// <summary>True when the state allows the act.</summary>
    public static bool Allows(MilestoneState from, MilestoneAct act) => Table.ContainsKey((from, act));

    /// <summary>The milestones of a contract as planned.</summary>
    public static IReadOnlyList<Milestone> Plan(Contract contract, IReadOnlyList<MilestoneTerms> terms, TimeProvider clock) => [.. terms.Select((t, place) => new Milestone
    {
        Id = Domain.Shared.Id.New<MilestoneId>(clock),
        ContractId = contract.Id,
        TenantId = contract.TenantId,
        Place = place + 1,
        Title = t.Title.Trim(),
        Weight = t.Weight,
        DueSeconds = t.DueSeconds,
        Validation = t.Validation,
    })];

    /// <summary>The parts of a price: each rounded down to the micro-unit, the last gets the rest, so that they add up.</summary>
    /// <param name="price">The price.</param>
    /// <param name="weights">The milestones' weights in their order.</param>
    public static IReadOnlyList<Money> Parts(Money price, IReadOnlyList<long> weights)
    {
        Int128 whole = 0;
        foreach (var weight in weights)
            whole += weight;
        var parts = new Money[weights.Count];
        var left = price.MicroUnits;
        for (var i = 0; i < weights.Count; i++)
        {
            var part = i == weights.Count - 1 ? left : (long)((Int128)price.MicroUnits * weights[i] / whole);
            parts[i] = new Money(part, price.Currency);
            left -= part;
        }
        return parts;
    }

    /// <summary>The winner hands its result in; the poster has until then to accept or reject.</summary>
    public Result<Done> Deliver(DateTimeOffset now, bool onTime, DateTimeOffset acceptBy) => Move(MilestoneAct.Deliver, () => (DeliveredAt, OnTime, AcceptBy) = (now, onTime, acceptBy));

    /// <summary>Its part was released by its score, or by an operator's decision.</summary>
    public Result<Done> Pay(decimal score, Money agentSide, Money platform, Money refunded, DateTimeOffset now) =>
        Move(MilestoneAct.Pay, () => Note(score, agentSide, platform, refunded, now));

    /// <summary>Its part went back.</summary>
    public Result<Done> Refund(Money refunded, DateTimeOffset now) =>
        Move(MilestoneAct.Refund, () => Note(0, Money.Zero(refunded.Currency), Money.Zero(refunded.Currency), refunded, now));

    /// <summary>Somebody disagrees about it.</summary>
    public Result<Done> Dispute(decimal? score) => Move(MilestoneAct.Dispute, () => (Score, AcceptBy) = (score, null));

    /// <summary>It is dropped with the rest.</summary>
    public Result<Done> Cancel(DateTimeOffset now) => Move(MilestoneAct.Cancel, () => (EndedAt, AcceptBy) = (now, null));

    private void Note(decimal score, Money agentSide, Money platform, Money refunded, DateTimeOffset now)
    {
        Score = score;
        (AgentMicroUnits, PlatformMicroUnits, RefundedMicroUnits) = (agentSide.MicroUnits, platform.MicroUnits, refunded.MicroUnits);
        (EndedAt, AcceptBy) = (now, null);
    }

    private Result<Done> Move(MilestoneAct act, Action change)
    {
        if (!Table.TryGetValue((State, act), out var next))
            return MilestoneErrors.Illegal(State, act);
        change();
        State = next;
        return Done.Ok;
    }
}

/// <summary>A milestone's result, apart because poster and winner alone see it.</summary>
public sealed class MilestoneDelivery
{
    private MilestoneDelivery()
    {
    }

    /// <summary>The milestone; it has one delivery at most.</summary>
    public MilestoneId MilestoneId { get; private set; }

    /// <summary>Who gets it.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The result: JSON text as it was sent.</summary>
    public string Result { get; private set; } = "null";

    /// <summary>Its size in bytes of UTF-8.</summary>
    public int Bytes { get; private set; }

    /// <summary>SHA-256 of the text, lower-case hex.</summary>
    public string ResultHash { get; private set; } = "";

    /// <summary>What the milestone's rules found; empty without rules.</summary>
    public IReadOnlyList<ValidationCheck> Checks { get; private set; } = [];

    /// <summary>Records a result.</summary>
    public static MilestoneDelivery Record(Milestone milestone, Contract contract, string result, int bytes, IReadOnlyList<ValidationCheck> checks) => new()
    {
        MilestoneId = milestone.Id,
        PosterTenantId = contract.TenantId,
        WinnerTenantId = contract.WinnerTenantId!.Value,
        Result = result,
        Bytes = bytes,
        ResultHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(result))),
        Checks = checks,
    };
}

/// <summary>Refusals about milestones.</summary>
public static class MilestoneErrors
{
    /// <summary>No such milestone for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("mesh.milestone_not_found", "There is no such milestone.");

    /// <summary>The contract goes by milestones.</summary>
    public static readonly Error HasMilestones = Error.Conflict("mesh.has_milestones", "This contract is delivered, accepted and paid by its milestones.");

    /// <summary>An earlier one is not over.</summary>
    public static readonly Error EarlierOpen = Error.Conflict("mesh.earlier_milestone_open", "The milestones before this one come first.");

    /// <summary>One waits for its verdict, so the rest can't be called off.</summary>
    public static readonly Error Between = Error.Conflict("mesh.not_between_milestones", "The rest is called off between two milestones: accept or reject what was delivered first.");

    /// <summary>The milestone's state does not allow the act.</summary>
    public static Error Illegal(MilestoneState state, MilestoneAct act) =>
        Error.Conflict("mesh.illegal_milestone", $"A milestone that is {state.ToString().ToLowerInvariant()} does not allow '{act.ToString().ToLowerInvariant()}'.");
}
