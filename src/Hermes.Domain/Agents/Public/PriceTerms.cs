using System.Globalization;
using System.Numerics;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents.Public;

/// <summary>How an agent's price is made.</summary>
public enum PriceKind
{
    /// <summary>The same for every call.</summary>
    PerCall,
    /// <summary>By what is counted of a call.</summary>
    PerUnit,
    /// <summary>Around a base, within a floor and a ceiling, by what is asked and how busy the agent is.</summary>
    Dynamic,
    /// <summary>By the month, with calls included.</summary>
    Subscription,
}

/// <summary>What is counted.</summary>
public enum UnitCount
{
    /// <summary>Characters of the texts of the caller's first message; Hermes counts them before anything is held.</summary>
    Characters,
    /// <summary>Bytes (UTF-8) of the parts of the caller's first message; Hermes counts them before anything is held.</summary>
    Bytes,
    /// <summary>What the agent reports with its result, at most as many as the caller allowed: tokens, pages, seconds.</summary>
    Reported,
}

/// <summary>A price by units: the amount for the included ones, and the price for every <c>per</c> beyond.</summary>
/// <param name="Name">What one is called, such as <c>token</c>: 1–30 characters.</param>
/// <param name="Counted">Who counts.</param>
/// <param name="Price">Above zero, in the currency of the amount.</param>
/// <param name="Per">How many units that buys, 1–1,000,000,000; parts of them cost their part, rounded down.</param>
/// <param name="Included">Units that the amount covers, 0 or more.</param>
/// <param name="Typical">Units of a usual call, 0 up to the most: what the listed price is made of.</param>
/// <param name="Most">The most units that a call may count, 1–1,000,000,000.</param>
public sealed record UnitTerms(string Name, UnitCount Counted, Money Price, long Per, long Included, long Typical, long Most);

/// <summary>A price that moves. Each percentage is what its factor adds at most, 0–500.</summary>
/// <param name="Floor">Never less, zero or more.</param>
/// <param name="Ceiling">Never more.</param>
/// <param name="DemandPercent">Of the base, when calls come at twice the usual rate; as much less when none come.</param>
/// <param name="CapacityPercent">Of the base, when all of the agent's places are taken.</param>
/// <param name="ComplexityPercent">Of the base, when the input is twice as long as usual; as much less for an empty one.</param>
/// <param name="UrgencyPercent">Of the base, when the caller leaves hardly any time.</param>
/// <param name="TypicalCharacters">Characters of a usual input, 1 or more.</param>
public sealed record DynamicTerms(Money Floor, Money Ceiling, int DemandPercent, int CapacityPercent, int ComplexityPercent, int UrgencyPercent, int TypicalCharacters);

/// <summary>What a month of a subscription covers; the amount is its price.</summary>
/// <param name="IncludedCalls">Calls of the subscriber within a month, 1–1,000,000,000; null for as many as it makes.</param>
/// <param name="CallPrice">What a call beyond them costs, and one of a caller without a subscription, above zero; null: they are refused.</param>
public sealed record SubscriptionTerms(long? IncludedCalls, Money? CallPrice);

/// <summary>
/// What an owner asks for calls of an agent, in one currency. Pure: the same terms and facts always make the same quote,
/// and every quote is the most that the call can cost.
/// </summary>
/// <param name="Kind">How the price is made.</param>
/// <param name="Amount">Per call: the price. Per unit: what every call costs, included units covered. Dynamic: the base. Subscription: a month.</param>
/// <param name="Unit">With kind <c>per_unit</c> only; else null.</param>
/// <param name="Dynamic">With kind <c>dynamic</c> only; else null.</param>
/// <param name="Subscription">With kind <c>subscription</c> only; else null.</param>
public sealed record PriceTerms(PriceKind Kind, Money Amount, UnitTerms? Unit = null, DynamicTerms? Dynamic = null, SubscriptionTerms? Subscription = null)
{
    /// <summary>The most units that can be counted, and what they can be priced by.</summary>
    public const long MaxUnits = 1_000_000_000;

    /// <summary>The most that one factor of a dynamic price may add, in percent of the base.</summary>
    public const int MaxFactorPercent = 500;

    /// <summary>Full swing of a factor, in hundredths of a percent.</summary>
    private const int Whole = 10_000;

    /// <summary>The same for every call.</summary>
    public static PriceTerms PerCall(Money price) => new(PriceKind.PerCall, price);

    /// <summary>The price that lists show and filter by: of a usual call; of a month where calls can't be had one by one.</summary>
    public Money Listed => Unit is { } unit ? Tariff(unit.Most).Charge(unit.Typical) : Subscription?.CallPrice ?? Amount;

    /// <summary>Null when the terms can be taken; else what is wrong, by member.</summary>
    public Error? Wrong()
    {
        if (!InRange(Amount))
            return PriceErrors.Member("amount", "An amount of zero or more and its currency.");
        if ((Kind == PriceKind.PerUnit) != (Unit is not null))
            return PriceErrors.Member("unit", "With a price per unit, and only with one.");
        if ((Kind == PriceKind.Dynamic) != (Dynamic is not null))
            return PriceErrors.Member("dynamic", "With a dynamic price, and only with one.");
        if ((Kind == PriceKind.Subscription) != (Subscription is not null))
            return PriceErrors.Member("subscription", "With a price by subscription, and only with one.");
        return (Unit is null ? null : WrongIn(Unit)) ?? (Dynamic is null ? null : WrongIn(Dynamic)) ?? (Subscription is null ? null : WrongIn(Subscription));
    }

    /// <summary>
    /// What a call costs at most, part by part; the parts add up to it exactly. Factors of a dynamic price, each from −1 or 0 to 1:
    /// demand = (calls of the last hour − usual calls an hour) / usual (−1 to 1), capacity = running / places (0 to 1), complexity = (characters −
    /// usual) / usual (−1 to 1), urgency = 1 − time allowed / usual time (0 to 1); each adds its percentage of the base.
    /// Errors: <see cref="PriceErrors.TooManyUnits"/>, <see cref="PriceErrors.UnitsOutOfRange"/>, <see cref="PriceErrors.SubscriptionNeeded"/>,
    /// <see cref="PriceErrors.CallsUsedUp"/>.
    /// </summary>
    public Result<PriceQuote> Quote(UsageFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return this switch
        {
            { Unit: { } unit } => QuoteUnits(unit, facts),
            { Dynamic: { } moving } => QuoteDynamic(moving, facts),
            { Subscription: { } plan } => QuoteSubscribed(plan, facts.Cover),
            _ => new PriceQuote(Kind, Amount, [new PricePart("call", "a call", Amount)]),
        };
    }

    /// <summary>The terms in a line: <c>USD 0.01 a call and USD 2.00 for 1,000,000 token beyond 500</c>.</summary>
    public override string ToString() => this switch
    {
        { Unit: { } unit } => string.Create(CultureInfo.InvariantCulture,
            $"{(Amount.IsZero ? "" : $"{Amount} a call and ")}{unit.Price} for {unit.Per:N0} {unit.Name}{(unit.Included > 0 ? $" beyond {unit.Included:N0}" : "")}"),
        { Dynamic: { } moving } => $"between {moving.Floor} and {moving.Ceiling} a call, around {Amount}",
        { Subscription: { } plan } => string.Create(CultureInfo.InvariantCulture,
            $"{Amount} a month with {(plan.IncludedCalls is { } calls ? $"{calls:N0} calls" : "all calls")}{(plan.CallPrice is { } price ? $", else {price} a call" : "")}"),
        _ => Amount.IsZero ? "free" : $"{Amount} a call",
    };

    private Result<PriceQuote> QuoteUnits(UnitTerms unit, UsageFacts facts)
    {
        if (facts.MaxUnits is { } allowed && (allowed < 0 || allowed > unit.Most))
            return PriceErrors.UnitsOutOfRange(unit.Most);
        var most = facts.MaxUnits ?? unit.Most;
        var units = unit.Counted switch { UnitCount.Characters => facts.Characters, UnitCount.Bytes => facts.Bytes, _ => most };
        if (units > most)
            return PriceErrors.TooManyUnits(units, most);
        var tariff = Tariff(units);
        var price = tariff.Charge(units);
        return new PriceQuote(Kind, price,
        [
            new PricePart("call", unit.Included > 0 ? string.Create(CultureInfo.InvariantCulture, $"with {unit.Included:N0} {unit.Name}") : "a call", Amount),
            new PricePart("units", string.Create(CultureInfo.InvariantCulture, $"{units:N0} {unit.Name}{(unit.Counted == UnitCount.Reported ? " at most" : "")}"), price - Amount),
        ], unit.Counted == UnitCount.Reported ? tariff : null);
    }

    private PriceQuote QuoteDynamic(DynamicTerms moving, UsageFacts facts)
    {
        var market = facts.Market;
        // Compared by the week, so that nothing is divided before it has to be; a week without calls is as good as one an hour.
        var usual = Math.Max(market.CallsLastWeek, UsageFacts.HoursOfWeek);
        var demand = Swing((market.CallsLastHour * UsageFacts.HoursOfWeek) - market.CallsLastWeek, usual, -Whole);
        var capacity = Swing(market.Running, Math.Max(1, market.Places), 0);
        var complexity = Swing(facts.Characters - moving.TypicalCharacters, moving.TypicalCharacters, -Whole);
        var urgency = Swing(facts.UsualSeconds - facts.AllowedSeconds, Math.Max(1, facts.UsualSeconds), 0);
        var parts = new List<PricePart>
        {
            new("base", "a usual call", Amount),
            Part("demand", string.Create(CultureInfo.InvariantCulture, $"{market.CallsLastHour} calls in the last hour, {market.CallsLastWeek} in a week"), moving.DemandPercent, demand),
            Part("capacity", string.Create(CultureInfo.InvariantCulture, $"{market.Running} of {market.Places} places taken"), moving.CapacityPercent, capacity),
            Part("complexity", string.Create(CultureInfo.InvariantCulture, $"{facts.Characters} characters, usually {moving.TypicalCharacters}"), moving.ComplexityPercent, complexity),
            Part("urgency", string.Create(CultureInfo.InvariantCulture, $"{facts.AllowedSeconds} s allowed, usually {facts.UsualSeconds}"), moving.UrgencyPercent, urgency),
        };
        var sum = parts.Aggregate(Money.Zero(Amount.Currency), (total, part) => total + part.Amount);
        if (sum < moving.Floor)
            parts.Add(new PricePart("floor", "never less", moving.Floor - sum));
        else if (sum > moving.Ceiling)
            parts.Add(new PricePart("ceiling", "never more", moving.Ceiling - sum));
        return new PriceQuote(Kind, sum < moving.Floor ? moving.Floor : sum > moving.Ceiling ? moving.Ceiling : sum, parts);
    }

    private Result<PriceQuote> QuoteSubscribed(SubscriptionTerms plan, SubscriptionCover cover)
    {
        if (cover is SubscriptionCover.Included or SubscriptionCover.Own)
            return new PriceQuote(Kind, Money.Zero(Amount.Currency),
                [new PricePart("subscription", cover == SubscriptionCover.Own ? "of the agent's own organisation" : "included in the subscription", Money.Zero(Amount.Currency))],
                Included: cover == SubscriptionCover.Included);
        if (plan.CallPrice is { } price)
            return new PriceQuote(Kind, price, [new PricePart("call", cover == SubscriptionCover.UsedUp ? "beyond the included ones" : "without a subscription", price)]);
        return cover == SubscriptionCover.UsedUp ? PriceErrors.CallsUsedUp : PriceErrors.SubscriptionNeeded;
    }

    private PricePart Part(string name, string why, int percent, long swing)
    {
        var share = Amount.Share(percent * Math.Abs(swing), 100L * Whole);
        return new PricePart(name, why, swing < 0 ? -share : share);
    }

    private static long Swing(long numerator, long denominator, long least) =>
        (long)BigInteger.Max(least, BigInteger.Min(Whole, (BigInteger)numerator * Whole / denominator));

    private UnitTariff Tariff(long most)
    {
        var unit = Unit!;
        return new UnitTariff(unit.Name, Amount, unit.Price, unit.Per, unit.Included, most);
    }

    private Error? WrongIn(UnitTerms unit)
    {
        if (unit.Name is null || unit.Name.Trim().Length is 0 or > 30 || unit.Name.Any(char.IsControl))
            return PriceErrors.Member("unit.name", "1 to 30 characters.");
        if (unit.Price.Currency != Amount.Currency || !unit.Price.IsPositive || !InRange(unit.Price))
            return PriceErrors.Member("unit.price", "Above zero, in the currency of the amount.");
        if (unit.Per is < 1 or > MaxUnits)
            return PriceErrors.Member("unit.per", $"1 to {MaxUnits}.");
        if (unit.Most is < 1 or > MaxUnits)
            return PriceErrors.Member("unit.most", $"1 to {MaxUnits}.");
        if (unit.Included < 0 || unit.Included > MaxUnits)
            return PriceErrors.Member("unit.included", $"0 to {MaxUnits}.");
        if (unit.Typical < 0 || unit.Typical > unit.Most)
            return PriceErrors.Member("unit.typical", "0 up to the most.");
        return ((BigInteger)unit.Price.MicroUnits * unit.Most / unit.Per) + Amount.MicroUnits > Money.MaxAmountMicroUnits
            ? PriceErrors.Member("unit.most", "The most units would cost more than can be held.") : null;
    }

    private Error? WrongIn(DynamicTerms moving)
    {
        if (moving.Floor.Currency != Amount.Currency || !InRange(moving.Floor) || moving.Floor > Amount)
            return PriceErrors.Member("dynamic.floor", "Zero up to the amount, in its currency.");
        if (moving.Ceiling.Currency != Amount.Currency || !InRange(moving.Ceiling) || moving.Ceiling < Amount)
            return PriceErrors.Member("dynamic.ceiling", "The amount or more, in its currency.");
        if (new[] { moving.DemandPercent, moving.CapacityPercent, moving.ComplexityPercent, moving.UrgencyPercent }.Any(p => p is < 0 or > MaxFactorPercent))
            return PriceErrors.Member("dynamic", $"Each percentage is 0 to {MaxFactorPercent}.");
        return moving.TypicalCharacters is < 1 or > 1_048_576 ? PriceErrors.Member("dynamic.typical_characters", "1 to 1,048,576.") : null;
    }

    private Error? WrongIn(SubscriptionTerms plan)
    {
        if (Amount.IsZero)
            return PriceErrors.Member("amount", "Above zero, for a month.");
        if (plan.IncludedCalls is < 1 or > MaxUnits)
            return PriceErrors.Member("subscription.included_calls", $"1 to {MaxUnits}; none for as many as it makes.");
        return plan.CallPrice is { } price && (price.Currency != Amount.Currency || price.IsZero || !InRange(price))
            ? PriceErrors.Member("subscription.call_price", "Above zero, in the currency of the amount.") : null;
    }

    private static bool InRange(Money money) => money.Currency != default && money.MicroUnits is >= 0 and <= Money.MaxAmountMicroUnits;
}
