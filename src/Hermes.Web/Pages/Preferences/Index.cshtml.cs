using System.Globalization;
using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Preferences;

/// <summary>What a person prefers for its contracts, with a preview of what that does to a ranking.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>The form.</summary>
    [BindProperty]
    public PreferencesInput Input { get; set; } = new();

    /// <summary>A ranking under the form's weights; null when they can't be ranked by.</summary>
    public PreferencesPreview? Preview { get; private set; }

    /// <summary>Shows what is set.</summary>
    public async Task<IActionResult> OnGetAsync(string? preset)
    {
        var result = await SendAsync(new GetPreferences());
        if (!result.Succeeded)
            return Refused(result.Error);
        Input = PreferencesInput.Of(result.Value);
        if (preset is not null)
            Input.Preset = preset;
        await PreviewAsync();
        return Page();
    }

    /// <summary>The ranking, while weights are changed.</summary>
    public async Task<IActionResult> OnPostPreviewAsync()
    {
        await PreviewAsync();
        return PageOr("_Preview", this);
    }

    /// <summary>Sets them.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var result = await SendAsync(new SetPreferences(Input.Weights, Input.NamedPreset, Input.MaxPriceMoney, Input.MinConfidence, Input.MinReputation) { Version = Input.Version });
        if (result.Succeeded)
        {
            Say("Saved. They hold for contracts that you post from now on.");
            return Go("/preferences");
        }
        await PreviewAsync();
        return Refused(result.Error);
    }

    private async Task PreviewAsync()
    {
        var result = await SendAsync(new PreviewPreferences(Input.Weights, Input.NamedPreset));
        if (result.Succeeded)
            Preview = result.Value;
        else
            Explain(result.Error);
    }
}

/// <summary>The form of preferences.</summary>
public sealed class PreferencesInput
{
    /// <summary>A preset's name, or <c>custom</c>.</summary>
    public string Preset { get; set; } = "balanced";

    /// <summary>Percent.</summary>
    public int Price { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Performance { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Speed { get; set; } = 25;

    /// <inheritdoc cref="Price" />
    public int Reputation { get; set; } = 25;

    /// <summary>In USD; empty for the contract's reward.</summary>
    public string? MaxPrice { get; set; }

    /// <summary>0–1.</summary>
    public decimal MinConfidence { get; set; }

    /// <summary>0–1.</summary>
    public decimal MinReputation { get; set; }

    /// <summary>The version that the form shows; 0 when none were set yet.</summary>
    public uint Version { get; set; }

    internal WeightsInput? Weights => Preset == "custom" ? new WeightsInput(Price, Performance, Speed, Reputation) : null;

    internal string? NamedPreset => Preset == "custom" ? null : Preset;

    internal Money? MaxPriceMoney => Money.TryParse(MaxPrice?.Trim(), Currency.Usd, out var money) ? money : null;

    internal static PreferencesInput Of(PreferencesView view) => new()
    {
        Preset = view.Preset ?? "custom",
        Price = view.Weights.Price,
        Performance = view.Weights.Performance,
        Speed = view.Weights.Speed,
        Reputation = view.Weights.Reputation,
        MaxPrice = view.MaxPrice?.Units.ToString("0.00####", CultureInfo.InvariantCulture),
        MinConfidence = view.MinConfidence,
        MinReputation = view.MinReputation,
        Version = view.Version,
    };
}
