using System.Globalization;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents.Public;

/// <summary>Refusals that have to do with prices.</summary>
public static class PriceErrors
{
    /// <summary>A price can't begin in the past.</summary>
    public static readonly Error InThePast = Error.Invalid("pricing.in_the_past", "A price begins now or later.");

    /// <summary>A price begins within two years.</summary>
    public static readonly Error TooFarAhead = Error.Invalid("pricing.too_far_ahead", "A price begins within two years.");

    /// <summary>The reserve is in another currency than the price.</summary>
    public static readonly Error ReserveCurrency = Error.Invalid("pricing.reserve_currency", "The reserve is in the currency of the price.");

    /// <summary>The agent's price is more than one amount.</summary>
    public static readonly Error MadeByTerms =
        Error.Conflict("pricing.made_by_terms", "The price of this agent is not one amount per call; change it with its pricing.");

    /// <summary>The agent is called by subscribers only.</summary>
    public static readonly Error SubscriptionNeeded = new("pricing.subscription_needed",
        "The agent is called by subscribers only: subscribe with POST /api/v1/agents/{id}/subscription.", ErrorKind.InsufficientFunds);

    /// <summary>The subscriber's calls of this month are used up, and the agent sells none beyond them.</summary>
    public static readonly Error CallsUsedUp = new("pricing.calls_used_up", "The calls that the subscription includes in this month are used up.", ErrorKind.LimitExceeded);

    /// <summary>The input has more units than the caller, or the agent, allows.</summary>
    public static Error TooManyUnits(long units, long most) => Error.Invalid("pricing.too_many_units",
        string.Create(CultureInfo.InvariantCulture, $"The input has {units:N0} units; at most {most:N0} are allowed."));

    /// <summary>The caller allows more units than the agent takes.</summary>
    public static Error UnitsOutOfRange(long most) => Error.Invalid("pricing.units_out_of_range",
        string.Create(CultureInfo.InvariantCulture, $"The agent counts 0 to {most:N0} units."));

    /// <summary>One member is wrong.</summary>
    /// <param name="member">In snake_case.</param>
    /// <param name="message">What it has to be.</param>
    public static Error Member(string member, string message) => Error.Validation(new Dictionary<string, string[]> { [member] = [message] });
}
