using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>The acting person's preferences in its current organisation.</summary>
[Requires(Permissions.ContractsRead)]
public sealed record GetPreferences : IQuery<PreferencesView>;

/// <summary>Preferences.</summary>
/// <param name="Weights">Percents that add up to 100.</param>
/// <param name="Preset">Name of the preset with these weights; null for own ones.</param>
/// <param name="MaxPrice">The most a bid may ask; null for the contract's reward.</param>
/// <param name="MinConfidence">0–1.</param>
/// <param name="MinReputation">0–1.</param>
/// <param name="Version">For <c>If-Match</c>; 0 when none were set yet.</param>
public sealed record PreferencesView(WeightsInput Weights, string? Preset, Money? MaxPrice, decimal MinConfidence, decimal MinReputation, uint Version)
{
    internal static PreferencesView Of(Preferences preferences) => new(
        WeightsInput.Of(preferences.Weights), PreferencePreset.Of(preferences.Weights)?.Name, preferences.MaxPrice, preferences.MinConfidence,
        preferences.MinReputation, preferences.Version);
}

internal sealed class GetPreferencesHandler(IMeshDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetPreferences, Result<PreferencesView>>
{
    public async Task<Result<PreferencesView>> Handle(GetPreferences request, CancellationToken cancellationToken) =>
        current.Actor.Person is null
            ? PreferencesErrors.PeopleOnly
            : PreferencesView.Of(await PreferencesOf.LoadAsync(db, current.Actor, clock.GetUtcNow(), cancellationToken));
}

/// <summary>Refusals of preferences.</summary>
internal static class PreferencesErrors
{
    /// <summary>Agents have no preferences.</summary>
    public static readonly Error PeopleOnly = Error.Forbidden("mesh.people_only", "Only a person has preferences.");

    /// <summary>Somebody changed them meanwhile.</summary>
    public static readonly Error Changed = new("mesh.preferences_changed", "The preferences were changed meanwhile; read them again.", ErrorKind.PreconditionFailed);

    /// <summary>No such preset.</summary>
    public static readonly Error UnknownPreset = Error.Invalid("mesh.unknown_preset", "The presets are balanced, cheapest, fastest and premium.");
}
