using System.Globalization;
using Hermes.Application.Agents;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Web.Pages.Agents;

/// <summary>What people write about an agent in a form. Lists are written with spaces or commas between names.</summary>
public sealed record AgentInput
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>What it does.</summary>
    public string? Description { get; init; }

    /// <summary>What it can do.</summary>
    public string? Capabilities { get; init; }

    /// <summary>Where it answers calls; empty for none.</summary>
    public string? Endpoint { get; init; }

    /// <summary>What it usually asks, in units.</summary>
    public string? BasePrice { get; init; } = "1.00";

    /// <summary>The price's currency.</summary>
    public string? Currency { get; init; } = "USD";

    /// <summary>Who finds it.</summary>
    public AgentVisibility Visibility { get; init; }

    /// <summary>Tags.</summary>
    public string? Tags { get; init; }

    /// <summary>Categories.</summary>
    public string? Categories { get; init; }

    /// <summary>Languages that it works in.</summary>
    public string? Languages { get; init; }

    /// <summary>Where it works.</summary>
    public string? Regions { get; init; }

    /// <summary>The id of the agent that it derives from; empty for none.</summary>
    public string? DerivedFrom { get; init; }

    /// <summary>What others owe that derive from it, in percent; empty: they may not.</summary>
    public string? RoyaltyPercent { get; init; }

    /// <summary>Pieces of work at the same time.</summary>
    public string? Capacity { get; init; } = "1";

    /// <summary>Of an agent that is to be edited.</summary>
    public static AgentInput Of(AgentView agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return new AgentInput
        {
            Name = agent.Name,
            Description = agent.Description,
            Capabilities = string.Join(' ', agent.Capabilities),
            Endpoint = agent.Endpoint,
            BasePrice = agent.BasePrice.ToAmountString(),
            Currency = agent.BasePrice.Currency.Code,
            Visibility = agent.Visibility,
            Tags = string.Join(' ', agent.Tags),
            Categories = string.Join(' ', agent.Categories),
            Languages = string.Join(' ', agent.Languages ?? []),
            Regions = string.Join(' ', agent.Regions ?? []),
            DerivedFrom = agent.DerivedFrom?.ToString(),
            RoyaltyPercent = agent.RoyaltyPercent?.ToString("0.##", CultureInfo.InvariantCulture),
            Capacity = agent.Capacity.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The profile, or which field can't be read.</summary>
    public Result<AgentProfile> ToProfile()
    {
        if (!Domain.Shared.Currency.TryParse(Currency?.Trim().ToUpperInvariant(), out var currency))
            return AgentErrors.Member("currency", "Not a currency that Hermes books.");
        if (!Money.TryParse(BasePrice?.Trim(), currency, out var price))
            return AgentErrors.Member("base_price", "An amount such as 1.25.");
        if (!int.TryParse(Capacity?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var capacity))
            return AgentErrors.Member("capacity", $"Between 1 and {Agent.MaxCapacity}.");
        AgentId? origin = null;
        if (!string.IsNullOrWhiteSpace(DerivedFrom))
        {
            if (!Guid.TryParse(DerivedFrom.Trim(), out var id))
                return AgentErrors.Member("derived_from", "The id of an agent.");
            origin = new AgentId(id);
        }
        decimal? royalty = null;
        if (!string.IsNullOrWhiteSpace(RoyaltyPercent))
        {
            if (!decimal.TryParse(RoyaltyPercent.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent))
                return AgentErrors.Member("royalty_percent", "A percentage such as 2.5.");
            royalty = percent;
        }
        return new AgentProfile(Name ?? "", Description ?? "", Words(Capabilities), string.IsNullOrWhiteSpace(Endpoint) ? null : Endpoint.Trim(), price, Visibility, Words(Tags), Words(Categories), capacity,
            Words(Languages), Words(Regions), origin, royalty);
    }

    private static string[] Words(string? text) =>
        (text ?? "").Split([' ', ',', ';', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
