using System.Globalization;
using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Contracts;

/// <summary>Posts a contract, or writes a draft anew.</summary>
public sealed class NewModel : HermesPage
{
    /// <summary>What the poster writes.</summary>
    [BindProperty]
    public NewContract Input { get; set; } = new();

    /// <summary>The draft that is edited; null for a new contract.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    /// <summary>The draft's version that the form shows; null for a new contract.</summary>
    [BindProperty]
    public uint? Version { get; set; }

    /// <summary>The cost against the wallet; null until it was asked for.</summary>
    public CostPreview? Cost { get; private set; }

    /// <summary>The draft, or an empty form; a link may name capabilities and an agent to invite.</summary>
    public async Task<IActionResult> OnGetAsync(string? capabilities, string? invite)
    {
        if (Id is { } id)
            return await LoadAsync(id);
        Input.RequiredCapabilities = capabilities;
        if (invite is not null)
            (Input.Visibility, Input.InvitedAgentIds) = (Visibility.Invited, invite);
        return Page();
    }

    /// <summary>The cost against the wallet, while the form is filled in.</summary>
    public async Task<IActionResult> OnPostPreviewAsync()
    {
        var price = Input.MaxPriceMoney() is { IsPositive: true } most ? most : Input.RewardMoney();
        if (price is { IsPositive: true } wanted && await SendAsync(new PreviewCost(wanted, Input.Capabilities())) is { Succeeded: true } preview)
            Cost = preview.Value;
        ModelState.Clear();
        return PageOr("_CostPreview", Cost);
    }

    /// <summary>Posts it, or keeps it as a draft.</summary>
    public async Task<IActionResult> OnPostAsync(bool draft)
    {
        if (!Input.TryRead(draft, out var contract, out var wrong))
            return Refused(wrong);
        if (Id is { } id)
        {
            var edited = await SendAsync(new EditDraft(ContractId.From(id), contract, Version));
            if (!edited.Succeeded)
                return Refused(edited.Error);
            Say("Saved.");
            return Go($"/contracts/{id}");
        }
        var result = await SendAsync(new PostContract(contract));
        if (!result.Succeeded)
            return Refused(result.Error);
        Say(result.Value.State switch
        {
            ContractState.Draft => "Saved as a draft.",
            ContractState.Scheduled => "Planned. It opens by itself.",
            _ => "Posted. Agents that fit have been told.",
        });
        return Go($"/contracts/{result.Value.Id}");
    }

    private async Task<IActionResult> LoadAsync(Guid id)
    {
        var draft = await SendAsync(new GetContract(ContractId.From(id)));
        if (!draft.Succeeded)
            return Refused(draft.Error, "");
        var milestones = await SendAsync(new ListMilestones(ContractId.From(id)));
        if (!milestones.Succeeded)
            return Refused(milestones.Error, "");
        if (!draft.Value.May.Edit)
            return Go($"/contracts/{id}");
        if (milestones.Value.Items.Any(m => m.Validation is not null))
        {
            Say("This draft's milestones have rules of their own, which are edited through the API.", bad: true);
            return Go($"/contracts/{id}");
        }
        if (draft.Value.Validation.RequiredFields is { } fields && !NewContract.Listed(string.Join(", ", fields)).SequenceEqual(fields))
        {
            Say("This draft requires fields whose names have commas, which are edited through the API.", bad: true);
            return Go($"/contracts/{id}");
        }
        (Input, Version) = (NewContract.Of(draft.Value, milestones.Value.Items), draft.Value.Version);
        return Page();
    }
}

/// <summary>The form of a new contract; amounts and JSON are text until they are read.</summary>
public sealed class NewContract
{
    /// <summary>One line.</summary>
    public string? Title { get; set; }

    /// <summary>What is to be done.</summary>
    public string? Intent { get; set; }

    /// <summary>The input as JSON.</summary>
    public string? Context { get; set; } = "{}";

    /// <summary>The budget in units.</summary>
    public string? Reward { get; set; } = "5.00";

    /// <summary>Its currency.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>The most a bid may ask; empty for the preferences' or the reward.</summary>
    public string? MaxPrice { get; set; }

    /// <summary>Slugs, separated by commas or spaces.</summary>
    public string? RequiredCapabilities { get; set; }

    /// <summary>Seconds.</summary>
    public int BiddingWindowSeconds { get; set; } = 30;

    /// <summary>Seconds; null: as long as the bid promises.</summary>
    public int? DeliveryWindowSeconds { get; set; } = 3600;

    /// <summary>Seconds.</summary>
    public int AcceptanceWindowSeconds { get; set; } = 259_200;

    /// <summary>Who may bid.</summary>
    public Visibility Visibility { get; set; }

    /// <summary>Ids of invited agents, separated by commas or spaces.</summary>
    public string? InvitedAgentIds { get; set; }

    /// <summary><c>mine</c>, a preset's name, or <c>custom</c>.</summary>
    public string Preset { get; set; } = "mine";

    /// <summary>Percent, for <c>custom</c>.</summary>
    public int Price { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Performance { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Speed { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Reputation { get; set; } = 25;

    /// <summary>0–1; null for the preferences'.</summary>
    public decimal? MinReputation { get; set; }

    /// <summary>0–1; null for the preferences'.</summary>
    public decimal? MinConfidence { get; set; }

    /// <summary>See bids while the window is open.</summary>
    public bool WatchBids { get; set; }

    /// <summary>Award the next best bid when the winner fails.</summary>
    public bool Reaward { get; set; } = true;

    /// <summary>Members that the result must have, separated by commas or lines: their names may contain spaces.</summary>
    public string? RequiredFields { get; set; }

    /// <summary>A JSON Schema; empty for none.</summary>
    public string? JsonSchema { get; set; }

    /// <summary>Most bytes of the result; null for the installation's.</summary>
    public int? MaxBytes { get; set; }

    /// <summary>When bidding opens, UTC; null for at once.</summary>
    public DateTime? StartsAt { get; set; }

    /// <summary>Parts that are delivered and paid one after the other, one per line: percent; title; hours.</summary>
    public string? Milestones { get; set; }

    /// <summary>The reward; null when it can't be read.</summary>
    public Money? RewardMoney() => Read(Reward);

    /// <summary>The most a bid may ask; null when empty or unreadable.</summary>
    public Money? MaxPriceMoney() => Read(MaxPrice);

    /// <summary>What is required, slug by slug.</summary>
    internal IReadOnlyList<string> Capabilities() => Words(RequiredCapabilities);

    /// <summary>The form of a draft.</summary>
    public static NewContract Of(ContractView draft, IReadOnlyList<MilestoneView> milestones)
    {
        ArgumentNullException.ThrowIfNull(draft);
        string Number(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
        return new NewContract
        {
            Title = draft.Title,
            Intent = draft.Intent,
            Context = JsonSerializer.Serialize(draft.Context, ContractText.Indented),
            Reward = draft.Reward.ToAmountString(),
            Currency = draft.Reward.Currency.Code,
            MaxPrice = draft.MaxPrice == draft.Reward ? null : draft.MaxPrice.ToAmountString(),
            RequiredCapabilities = string.Join(", ", draft.RequiredCapabilities),
            BiddingWindowSeconds = draft.BiddingWindowSeconds,
            DeliveryWindowSeconds = draft.DeliveryWindowSeconds,
            AcceptanceWindowSeconds = draft.AcceptanceWindowSeconds,
            Visibility = draft.Visibility,
            InvitedAgentIds = string.Join(", ", draft.InvitedAgentIds),
            Preset = "custom",
            Price = draft.Weights.Price,
            Performance = draft.Weights.Performance,
            Speed = draft.Weights.Speed,
            Reputation = draft.Weights.Reputation,
            MinReputation = draft.MinReputation,
            MinConfidence = draft.MinConfidence,
            WatchBids = draft.WatchBids,
            Reaward = draft.Reaward,
            RequiredFields = string.Join(", ", draft.Validation.RequiredFields ?? []),
            JsonSchema = draft.Validation.JsonSchema is { } schema ? JsonSerializer.Serialize(schema, ContractText.Indented) : null,
            MaxBytes = draft.Validation.MaxBytes,
            StartsAt = draft.Times.StartsAt?.UtcDateTime,
            Milestones = string.Join('\n', milestones.Select(m => string.Join("; ", Enumerable.Append([Number(m.Percent), m.Title], m.DueSeconds is { } due ? Number(due / 3600m) : "").Where(part => part.Length > 0)))),
        };
    }

    /// <summary>The contract as the use case takes it, or the fields that can't be read.</summary>
    public bool TryRead(bool draft, out ContractInput contract, out Error wrong)
    {
        var members = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (RewardMoney() is null)
            members["reward"] = ["Write an amount such as 5.00."];
        if (!string.IsNullOrWhiteSpace(MaxPrice) && MaxPriceMoney() is null)
            members["max_price"] = ["Write an amount such as 5.00, or leave it empty."];
        var context = ReadJson(Context, "context", members);
        var schema = ReadJson(JsonSchema, "json_schema", members);
        var invited = new List<AgentId>();
        foreach (var word in Words(Visibility == Visibility.Invited ? InvitedAgentIds : null))
        {
            if (Guid.TryParse(word, out var id))
                invited.Add(AgentId.From(id));
            else
                members["invited_agent_ids"] = [$"'{word}' is not an agent's id."];
        }
        var milestones = ReadMilestones(members);
        var fields = Listed(RequiredFields);
        contract = new ContractInput
        {
            Title = Title,
            Intent = Intent,
            Context = context,
            Reward = RewardMoney(),
            MaxPrice = MaxPriceMoney(),
            Draft = draft,
            RequiredCapabilities = Words(RequiredCapabilities),
            BiddingWindowSeconds = BiddingWindowSeconds,
            DeliveryWindowSeconds = DeliveryWindowSeconds,
            AcceptanceWindowSeconds = AcceptanceWindowSeconds,
            Milestones = milestones,
            Visibility = Visibility,
            InvitedAgentIds = invited,
            WatchBids = WatchBids,
            Reaward = Reaward,
            MinReputation = MinReputation,
            MinConfidence = MinConfidence,
            Weights = Preset == "custom" ? new WeightsInput(Price, Performance, Speed, Reputation) : WeightsOf(Preset),
            Validation = schema is null && fields.Count == 0 && MaxBytes is null ? null : new ValidationInput(schema, fields, MaxBytes),
            StartsAt = StartsAt is { } start ? new DateTimeOffset(DateTime.SpecifyKind(start, DateTimeKind.Utc)) : null,
        };
        wrong = Error.Validation(members);
        return members.Count == 0;
    }

    private List<MilestoneInput> ReadMilestones(Dictionary<string, string[]> wrong)
    {
        var milestones = new List<MilestoneInput>();
        foreach (var line in (Milestones ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(';', StringSplitOptions.TrimEntries);
            var hours = 0m;
            if (parts.Length is not (2 or 3) || !decimal.TryParse(parts[0].TrimEnd('%', ' '), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
                || (parts.Length == 3 && parts[2].Length > 0 && (!decimal.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out hours) || hours is <= 0 or > 8_784)))
            {
                wrong["milestones"] = [$"'{line}' is not written as percent; title; hours."];
                break;
            }
            milestones.Add(new MilestoneInput(parts[1], percent, null, hours > 0 ? (int)decimal.Round(hours * 3600) : null));
        }
        return milestones;
    }

    private static WeightsInput? WeightsOf(string preset) => PreferencePreset.All.FirstOrDefault(p => p.Name == preset)?.Weights is { } weights
        ? new WeightsInput(weights.Price, weights.Performance, weights.Speed, weights.Reputation)
        : null;

    internal static List<string> Listed(string? text) =>
        [.. (text ?? "").Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    private static List<string> Words(string? text) => [.. (text ?? "").Split([',', ' ', '\n', '\r', ';'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private static JsonElement? ReadJson(string? text, string member, Dictionary<string, string[]> wrong)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text, InputJson.Options);
        }
        catch (JsonException failure)
        {
            wrong[member] = [$"This is not JSON (line {failure.LineNumber + 1})."];
            return null;
        }
    }

    private Money? Read(string? amount) =>
        Domain.Shared.Currency.TryParse(Currency, out var currency) && Money.TryParse(amount?.Trim(), currency, out var money) ? money : null;
}
