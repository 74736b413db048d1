using System.Globalization;
using Hermes.Application.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;

namespace Hermes.Web.Pages.Agents;

/// <summary>What people write about a price in a form; amounts are text until they are read.</summary>
public sealed record PriceInput
{
    /// <summary>How it is made.</summary>
    public PriceKind Kind { get; init; }

    /// <summary>The amount in units.</summary>
    public string? Amount { get; init; } = "1.00";

    /// <summary>Its currency.</summary>
    public string? Currency { get; init; } = "USD";

    /// <summary>What a unit is called.</summary>
    public string? UnitName { get; init; } = "token";

    /// <summary>Who counts.</summary>
    public UnitCount Counted { get; init; } = UnitCount.Reported;

    /// <summary>For so many units, in units of the currency.</summary>
    public string? UnitPrice { get; init; }

    /// <summary>How many units that buys.</summary>
    public long Per { get; init; } = 1_000;

    /// <summary>Units that the amount covers.</summary>
    public long Included { get; init; }

    /// <summary>Units of a usual call.</summary>
    public long Typical { get; init; } = 1_000;

    /// <summary>Most units of a call.</summary>
    public long Most { get; init; } = 10_000;

    /// <summary>Never less.</summary>
    public string? Floor { get; init; }

    /// <summary>Never more.</summary>
    public string? Ceiling { get; init; }

    /// <summary>Percent by demand.</summary>
    public int DemandPercent { get; init; } = 20;

    /// <summary>Percent by capacity.</summary>
    public int CapacityPercent { get; init; } = 20;

    /// <summary>Percent by complexity.</summary>
    public int ComplexityPercent { get; init; } = 20;

    /// <summary>Percent by urgency.</summary>
    public int UrgencyPercent { get; init; } = 20;

    /// <summary>Characters of a usual input.</summary>
    public int TypicalCharacters { get; init; } = 2_000;

    /// <summary>Calls that a month includes; null for all.</summary>
    public long? IncludedCalls { get; init; } = 100;

    /// <summary>What a call beyond them costs, or one without a subscription; empty: refused.</summary>
    public string? CallPrice { get; init; }

    /// <summary>The least that it may bid; empty for any price.</summary>
    public string? Reserve { get; init; }

    /// <summary>From when, UTC; null for now.</summary>
    public DateTime? EffectiveFrom { get; init; }

    /// <summary>Of the price that counts now.</summary>
    public static PriceInput Of(PriceView price)
    {
        ArgumentNullException.ThrowIfNull(price);
        var blank = new PriceInput();
        var (unit, moving, plan) = (price.Terms.Unit, price.Terms.Dynamic, price.Terms.Subscription);
        return blank with
        {
            Kind = price.Terms.Kind,
            Amount = price.Terms.Amount.ToAmountString(),
            Currency = price.Terms.Amount.Currency.Code,
            UnitName = unit?.Name ?? blank.UnitName,
            Counted = unit?.Counted ?? blank.Counted,
            UnitPrice = unit?.Price.ToAmountString(),
            Per = unit?.Per ?? blank.Per,
            Included = unit?.Included ?? 0,
            Typical = unit?.Typical ?? blank.Typical,
            Most = unit?.Most ?? blank.Most,
            Floor = moving?.Floor.ToAmountString(),
            Ceiling = moving?.Ceiling.ToAmountString(),
            DemandPercent = moving?.DemandPercent ?? blank.DemandPercent,
            CapacityPercent = moving?.CapacityPercent ?? blank.CapacityPercent,
            ComplexityPercent = moving?.ComplexityPercent ?? blank.ComplexityPercent,
            UrgencyPercent = moving?.UrgencyPercent ?? blank.UrgencyPercent,
            TypicalCharacters = moving?.TypicalCharacters ?? blank.TypicalCharacters,
            IncludedCalls = plan is null ? blank.IncludedCalls : plan.IncludedCalls,
            CallPrice = plan?.CallPrice?.ToAmountString(),
            Reserve = price.Reserve?.ToAmountString(),
        };
    }

    /// <summary>The use case, or which fields can't be read.</summary>
    /// <param name="agent">Whose price.</param>
    /// <param name="version">The agent's version that was shown.</param>
    public Result<SetPrice> ToRequest(AgentId agent, uint version)
    {
        if (!Domain.Shared.Currency.TryParse(Currency?.Trim().ToUpperInvariant(), out var currency))
            return PriceErrors.Member("currency", "Not a currency that Hermes books.");
        var wrong = new Dictionary<string, string[]>(StringComparer.Ordinal);
        Money Read(string? text, string member)
        {
            if (!Money.TryParse(text?.Trim(), currency, out var money))
                wrong[member] = ["An amount such as 1.25."];
            return money;
        }
        var terms = new PriceTerms(Kind, Read(Amount, "amount"),
            Kind != PriceKind.PerUnit ? null : new UnitTerms(UnitName?.Trim() ?? "", Counted, Read(UnitPrice, "unit_price"), Per, Included, Typical, Most),
            Kind != PriceKind.Dynamic ? null : new DynamicTerms(Read(Floor, "floor"), Read(Ceiling, "ceiling"), DemandPercent, CapacityPercent, ComplexityPercent, UrgencyPercent, TypicalCharacters),
            Kind != PriceKind.Subscription ? null : new SubscriptionTerms(IncludedCalls, string.IsNullOrWhiteSpace(CallPrice) ? null : Read(CallPrice, "call_price")));
        Money? reserve = string.IsNullOrWhiteSpace(Reserve) ? null : Read(Reserve, "reserve");
        return wrong.Count > 0
            ? Error.Validation(wrong)
            : new SetPrice(agent, terms, reserve, EffectiveFrom is { } from ? new DateTimeOffset(DateTime.SpecifyKind(from, DateTimeKind.Utc)) : null, version);
    }

    /// <summary>A refusal with the form's own names of fields.</summary>
    internal static Error AtFields(Error error) => error.Members is not { } members ? error : error with
    {
        Members = members.ToDictionary(m => m.Key switch
        {
            "unit.name" => "unit_name",
            "unit.price" => "unit_price",
            "dynamic" => "demand_percent",
            "subscription" => "included_calls",
            _ => m.Key[(m.Key.LastIndexOf('.') + 1)..],
        }, m => m.Value),
    };

    internal static string Words(PriceKind kind) => kind switch
    {
        PriceKind.PerCall => "the same for every call",
        PriceKind.PerUnit => "by units",
        PriceKind.Subscription => "by the month, with calls included",
        _ => "moving between a floor and a ceiling",
    };

    internal static string Words(UnitCount counted) => counted switch
    {
        UnitCount.Characters => "Hermes: characters of the input",
        UnitCount.Bytes => "Hermes: bytes of the input",
        _ => "the agent reports them",
    };

    internal static string When(DateTimeOffset at) => at.ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture);
}
