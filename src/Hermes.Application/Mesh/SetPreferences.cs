using System.Text.Json.Serialization;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>Replaces the acting person's preferences in its current organisation.</summary>
/// <param name="Weights">Percents; null with a preset.</param>
/// <param name="Preset">A preset's name instead of weights; null for own weights.</param>
/// <param name="MaxPrice">The most a bid may ask; null for the contract's reward.</param>
/// <param name="MinConfidence">0–1.</param>
/// <param name="MinReputation">0–1.</param>
[Requires(Permissions.ContractsRead)]
public sealed record SetPreferences(WeightsInput? Weights, string? Preset = null, Money? MaxPrice = null, decimal MinConfidence = 0m, decimal MinReputation = 0m)
    : ICommand<PreferencesView>
{
    /// <summary>The version that was read, 0 when none were set yet; null to overwrite whatever is there.</summary>
    [JsonIgnore]
    public uint? Version { get; init; }

    internal Result<BidWeights> ToWeights() =>
        Weights is { } own ? own.ToWeights()
        : PreferencePreset.All.FirstOrDefault(p => p.Name == (Preset ?? PreferencePreset.Balanced.Name)) is { } preset ? preset.Weights
        : PreferencesErrors.UnknownPreset;
}

internal sealed class SetPreferencesHandler(IMeshDb db, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<SetPreferences, Result<PreferencesView>>
{
    public async Task<Result<PreferencesView>> Handle(SetPreferences request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return PreferencesErrors.PeopleOnly;
        var weights = request.ToWeights();
        if (!weights.Succeeded)
            return weights.Error;
        var now = clock.GetUtcNow();
        var preferences = await PreferencesOf.LoadAsync(db, current.Actor, now, cancellationToken);
        if (request.Version is { } version && version != preferences.Version)
            return PreferencesErrors.Changed;
        var before = PreferencesView.Of(preferences);
        if (preferences.Set(weights.Value, request.MaxPrice, request.MinConfidence, request.MinReputation, now).Error is { } refusal)
            return refusal;
        if (preferences.Version == 0)
            db.Preferences.Add(preferences);
        // The answer names the version that this makes.
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("preferences.set", "person", person.Value, before, PreferencesView.Of(preferences));
        return PreferencesView.Of(preferences);
    }
}
