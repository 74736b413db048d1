using System.Text.Json;
using Hermes.Application.Agents.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>Weights as the API writes them: whole percents that add up to 100.</summary>
public sealed record WeightsInput(int Price, int Performance, int Speed, int Reputation)
{
    internal Result<BidWeights> ToWeights() => BidWeights.Of(Price, Performance, Speed, Reputation);

    internal static WeightsInput Of(BidWeights weights) => new(weights.Price, weights.Performance, weights.Speed, weights.Reputation);
}

/// <summary>Validation rules as the API writes them.</summary>
/// <param name="JsonSchema">A JSON Schema; null for none.</param>
/// <param name="RequiredFields">Members that the result must have.</param>
/// <param name="MaxBytes">Most bytes of the result; null for the installation's most.</param>
public sealed record ValidationInput(JsonElement? JsonSchema = null, IReadOnlyList<string>? RequiredFields = null, int? MaxBytes = null)
{
    internal static ValidationInput Of(ValidationRules rules) =>
        new(rules.JsonSchema is { } schema ? JsonSerializer.Deserialize<JsonElement>(schema) : null, rules.RequiredFields, rules.MaxBytes);
}

/// <summary>A milestone as the API writes it.</summary>
/// <param name="Title">One line.</param>
/// <param name="Percent">Its part of the price in percent; all of them add up to 100.</param>
/// <param name="Amount">Or its part of the reward; all of them add up to it. The winner's price is shared in the same proportion.</param>
/// <param name="DueSeconds">How long the winner has for it from the award or the end of the one before; null: the contract's window.</param>
/// <param name="Validation">What its result is checked against; null: the poster accepts or rejects.</param>
public sealed record MilestoneInput(string? Title = null, decimal? Percent = null, Money? Amount = null, int? DueSeconds = null, ValidationInput? Validation = null);

/// <summary>What a poster writes. What is left out comes from its preferences, then from the defaults.</summary>
public sealed record ContractInput
{
    /// <summary>Most characters of the context as JSON.</summary>
    public const int MostContext = 262_144;

    /// <summary>One line of 1 to 200 characters.</summary>
    public string? Title { get; init; }

    /// <summary>What is to be done, 1 to 8,000 characters.</summary>
    public string? Intent { get; init; }

    /// <summary>The input: a JSON object; null for an empty one.</summary>
    public JsonElement? Context { get; init; }

    /// <summary>The budget.</summary>
    public Money? Reward { get; init; }

    /// <summary>The most a bid may ask; null for the preferences' or the reward.</summary>
    public Money? MaxPrice { get; init; }

    /// <summary>All of these are needed.</summary>
    public IReadOnlyList<string>? RequiredCapabilities { get; init; }

    /// <summary>1 to 604,800; 30 when null.</summary>
    public int? BiddingWindowSeconds { get; init; }

    /// <summary>1 to 31,622,400; null: as long as the bid promises.</summary>
    public int? DeliveryWindowSeconds { get; init; }

    /// <summary>1 to 31,622,400; 72 hours when null.</summary>
    public int? AcceptanceWindowSeconds { get; init; }

    /// <summary>What the result is checked against; null: the poster accepts or rejects.</summary>
    public ValidationInput? Validation { get; init; }

    /// <summary>Parts that are delivered, accepted and paid one after the other, 2–20; null or empty for a contract as a whole.</summary>
    public IReadOnlyList<MilestoneInput>? Milestones { get; init; }

    /// <summary>Who may bid.</summary>
    public Visibility Visibility { get; init; } = Visibility.Network;

    /// <summary>The invited agents, for visibility <c>invited</c>.</summary>
    public IReadOnlyList<AgentId>? InvitedAgentIds { get; init; }

    /// <summary>Null for the preferences'.</summary>
    public WeightsInput? Weights { get; init; }

    /// <summary>Least effective trust, 0–1; null for the preferences'.</summary>
    public decimal? MinReputation { get; init; }

    /// <summary>Least confidence, 0–1; null for the preferences'.</summary>
    public decimal? MinConfidence { get; init; }

    /// <summary>The poster's people see bids while the window is open.</summary>
    public bool WatchBids { get; init; }

    /// <summary>Award the next best bid when a winner is late or gives up, until bids run out; true when null.</summary>
    public bool? Reaward { get; init; }

    /// <summary>When bidding opens; null for at once.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Keep it as a draft.</summary>
    public bool Draft { get; init; }

    /// <summary>True for an intended repeat: posts the very same contract once more, also right after the first.</summary>
    public bool Repeat { get; init; }

    /// <summary>
    /// The terms, or what is wrong with them. An invited agent must exist and be public or the poster's own.
    /// </summary>
    internal async Task<Result<ContractTerms>> ToTermsAsync(
        Preferences preferences, TenantId poster, IAgents agents, IJsonSchemaValidator schemas, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (Reward is not { } reward)
            return Wrong("reward", "A reward is needed.");
        if (Context is { ValueKind: not JsonValueKind.Object } || Context?.GetRawText().Length > MostContext)
            return Wrong("context", "The context must be a JSON object of at most 262,144 characters.");
        if (Validation?.JsonSchema is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } schema && schemas.Check(schema.GetRawText()) is { } unusable)
            return Wrong("validation.json_schema", unusable.Message);
        if (StartsAt > now + ContractTerms.Farthest)
            return Wrong("starts_at", "The start must lie within 366 days.");
        var planned = PlanMilestones(reward, schemas);
        if (!planned.Succeeded)
            return planned.Error;
        var weights = Weights?.ToWeights() ?? preferences.Weights;
        if (!weights.Succeeded)
            return Wrong("weights", weights.Error.Message);
        var invited = await InviteAsync(poster, agents, cancellationToken);
        if (!invited.Succeeded)
            return invited.Error;
        return new ContractTerms
        {
            Title = Title ?? "",
            Intent = Intent ?? "",
            Context = Context?.GetRawText() ?? "{}",
            Reward = reward,
            MaxPrice = MaxPrice ?? (preferences.MaxPrice is { } most && most.Currency == reward.Currency && most < reward ? most : null),
            RequiredCapabilities = RequiredCapabilities ?? [],
            BiddingWindow = BiddingWindowSeconds is { } bidding ? TimeSpan.FromSeconds(bidding) : ContractTerms.DefaultBiddingWindow,
            DeliveryWindow = DeliveryWindowSeconds is { } delivery ? TimeSpan.FromSeconds(delivery) : null,
            AcceptanceWindow = AcceptanceWindowSeconds is { } acceptance ? TimeSpan.FromSeconds(acceptance) : ContractTerms.DefaultAcceptanceWindow,
            Validation = RulesOf(Validation),
            Milestones = planned.Value,
            Visibility = Visibility,
            Invited = invited.Value,
            Weights = weights.Value,
            MinReputation = MinReputation ?? preferences.MinReputation,
            MinConfidence = MinConfidence ?? preferences.MinConfidence,
            WatchBids = WatchBids,
            Reaward = Reaward ?? true,
            StartsAt = StartsAt,
        };
    }

    // Percentages that add up to 100, or amounts that add up to the reward; never a mixture.
    private Result<IReadOnlyList<MilestoneTerms>> PlanMilestones(Money reward, IJsonSchemaValidator schemas)
    {
        if (Milestones is not { Count: > 0 } planned)
            return Array.Empty<MilestoneTerms>();
        // JSON may hold a null in spite of the type.
        if (planned.Any(m => m is null))
            return Wrong("milestones", "Each milestone has a percentage, or each an amount in the reward's currency.");
        foreach (var milestone in planned)
        {
            if (milestone.Validation?.JsonSchema is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } schema && schemas.Check(schema.GetRawText()) is { } unusable)
                return Wrong("milestones.validation.json_schema", unusable.Message);
        }
        if (planned.All(m => m is { Percent: not null, Amount: null }))
        {
            return planned.All(m => m.Percent is >= 0 and <= 100 && decimal.Round(m.Percent.Value, 2) == m.Percent) && planned.Sum(m => m.Percent) == 100
                ? Terms(m => (long)(m.Percent!.Value * 100))
                : Wrong("milestones.percent", "The percentages, with at most two decimals each, must add up to 100.");
        }
        if (planned.All(m => m is { Percent: null, Amount: { } amount } && amount.Currency == reward.Currency))
        {
            return planned.Sum(m => (decimal)m.Amount!.Value.MicroUnits) == reward.MicroUnits
                ? Terms(m => m.Amount!.Value.MicroUnits)
                : Wrong("milestones.amount", "The amounts must add up to the reward.");
        }
        return Wrong("milestones", "Each milestone has a percentage, or each an amount in the reward's currency.");

        Result<IReadOnlyList<MilestoneTerms>> Terms(Func<MilestoneInput, long> weight) =>
            planned.Select(m => new MilestoneTerms(m.Title ?? "", weight(m), m.DueSeconds, RulesOf(m.Validation))).ToList();
    }

    private static ValidationRules RulesOf(ValidationInput? input) => new()
    {
        JsonSchema = input?.JsonSchema is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } rules ? rules.GetRawText() : null,
        RequiredFields = input?.RequiredFields ?? [],
        MaxBytes = input?.MaxBytes,
    };

    private async Task<Result<IReadOnlyList<Invitation>>> InviteAsync(TenantId poster, IAgents agents, CancellationToken cancellationToken)
    {
        if (InvitedAgentIds is not { Count: > 0 } ids)
            return Array.Empty<Invitation>();
        if (ids.Count > 100)
            return Wrong("invited_agent_ids", "At most 100 agents.");
        var found = await agents.FindAsync(ids, cancellationToken);
        return ids.All(id => found.TryGetValue(id, out var agent) && (agent.IsPublic || agent.TenantId == poster))
            ? ids.Distinct().Select(id => new Invitation(id, found[id].TenantId)).ToList()
            : MeshErrors.InvitedAgentUnknown;
    }

    private static Error Wrong(string member, string message) =>
        Error.Validation(new Dictionary<string, string[]>(StringComparer.Ordinal) { [member] = [message] });
}
