using System.Text.Json;
using Hermes.AgentKit;

namespace Hermes.SampleAgents;

/// <summary>
/// What the six have in common: a strategy for prices, and reading the input from the contract's context. A sample bids
/// on contracts that ask for its capability, never above the ceiling and never below its floor.
/// </summary>
/// <param name="capability">What it can do.</param>
/// <param name="pricing">What it asks.</param>
public abstract class SampleCraft(string capability, Pricing pricing) : ICraft
{
    public string Capability { get; } = capability;

    public Pricing Pricing { get; } = pricing;

    /// <summary>The context's member that holds the input, for instance <c>text</c>.</summary>
    protected abstract string InputMember { get; }

    public Offer? Quote(ContractOffer contract)
    {
        if (contract.Ceiling is not { } ceiling || Input(contract.Context, InputMember) is not { } input)
            return null;
        return Pricing.Quote(ceiling, input.Length, contract.DeliveryWindowSeconds);
    }

    public async Task<object> WorkAsync(ContractOffer contract, CancellationToken cancellationToken)
    {
        var input = Input(contract.Context, InputMember) ?? throw new InvalidOperationException($"The context has no '{InputMember}'.");
        // Samples pace themselves, so that a fast one and a thorough one differ as real agents would.
        await Task.Delay(Pricing.Pace, cancellationToken);
        return Work(input, contract.Context);
    }

    /// <summary>A text is the input itself; a JSON value holds it as a contract's context would.</summary>
    public async Task<object> AnswerAsync(string text, JsonElement? data, CancellationToken cancellationToken)
    {
        var context = data ?? default;
        var input = Input(context, InputMember) ?? (text.Length > 0 ? text : throw new InvalidOperationException($"Send a text, or JSON with '{InputMember}'."));
        await Task.Delay(Pricing.Pace, cancellationToken);
        return Work(input, context);
    }

    /// <summary>The work: pure, so that it is easy to test.</summary>
    public abstract object Work(string input, JsonElement context);

    protected static string? Input(JsonElement context, string member) =>
        context.ValueKind == JsonValueKind.Object && context.TryGetProperty(member, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
            : null;

    protected static int Number(JsonElement context, string member, int otherwise, int min, int max) =>
        context.ValueKind == JsonValueKind.Object && context.TryGetProperty(member, out var value) && value.TryGetInt32(out var number)
            ? Math.Clamp(number, min, max)
            : otherwise;
}

/// <summary>How a sample makes its price: a share of the ceiling plus something for size, kept above its floor.</summary>
/// <param name="Floor">Works for no less, in units of the contract's currency.</param>
/// <param name="Share">Of the ceiling, 0–1.</param>
/// <param name="PerKilobyte">Added for every 1,000 characters of input.</param>
/// <param name="Seconds">Promised time for a small input.</param>
/// <param name="Confidence">What it says of itself, 0–1.</param>
/// <param name="Pace">How long it really takes at least.</param>
public sealed record Pricing(decimal Floor, decimal Share, decimal PerKilobyte, int Seconds, decimal Confidence, TimeSpan Pace)
{
    /// <summary>Null when the ceiling is under the floor or the time doesn't suffice.</summary>
    public Offer? Quote(Price ceiling, int inputLength, int? deliveryWindowSeconds)
    {
        var eta = Seconds + inputLength / 100_000;
        if (ceiling.Value < Floor || eta > deliveryWindowSeconds)
            return null;
        var asked = Math.Max(Floor, ceiling.Value * Share + PerKilobyte * (inputLength / 1_000));
        return new Offer(Price.Of(decimal.Round(Math.Min(asked, ceiling.Value), 4), ceiling.Currency), eta, Confidence);
    }
}
