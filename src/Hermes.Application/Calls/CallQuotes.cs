using System.Text;
using System.Text.Json;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>What a caller asks for, as far as a price hangs on it.</summary>
/// <param name="Message">The first message; one that is not well-formed counts nothing.</param>
/// <param name="Seconds">Until it fails by itself; null for the agent's own.</param>
/// <param name="MaxUnits">The most units that the caller allows; null for as many as the terms do.</param>
/// <param name="MaxPrice">The most that the caller pays; null for the agent's price.</param>
public sealed record CallAsk(JsonElement Message, int? Seconds, long? MaxUnits, Money? MaxPrice = null)
{
    /// <summary>The same, asked of a backup: a cap on units that is above the backup's own gives way to it, because nobody chose it for the backup.</summary>
    public CallAsk Of(CallTarget backup) => MaxUnits > backup.Asked.Unit?.Most ? this with { MaxUnits = backup.Asked.Unit.Most } : this;
}

/// <summary>What a call would cost: measures the message, asks how busy the agent is where that matters, and quotes by the agent's terms.</summary>
public sealed class CallQuotes(ICallDirectory directory)
{
    /// <summary>The most that the call costs. Errors: those of <see cref="PriceTerms.Quote"/>.</summary>
    public async Task<Result<PriceQuote>> QuoteAsync(CallTarget target, CallAsk ask, CancellationToken cancellationToken)
    {
        var market = target.Asked.Kind == PriceKind.Dynamic ? await directory.MarketOfAsync(target.Id, target.MaxParallel, cancellationToken) : MarketFacts.None;
        var (characters, bytes) = Measure(ask.Message);
        return target.Asked.Quote(new UsageFacts(characters, bytes, ask.Seconds ?? target.TimeoutSeconds, target.TimeoutSeconds, market, ask.MaxUnits, target.Cover));
    }

    /// <summary>Characters (Unicode scalar values) of a message's texts, and bytes of its parts as they were sent.</summary>
    public static (long Characters, long Bytes) Measure(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("parts", out var parts) || parts.ValueKind != JsonValueKind.Array)
            return (0, 0);
        var characters = 0L;
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
                characters += text.GetString()!.EnumerateRunes().LongCount();
        }
        return (characters, Encoding.UTF8.GetByteCount(parts.GetRawText()));
    }
}
