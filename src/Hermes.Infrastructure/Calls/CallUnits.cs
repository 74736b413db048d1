using System.Text.Json;
using Hermes.Domain.Agents.Public;

namespace Hermes.Infrastructure.Calls;

/// <summary>How units go to and from agents' endpoints: in the protocol's metadata, which is for what caller and agent agree on.</summary>
internal static class CallUnits
{
    private const string Reported = "hermes/units";
    private const string Most = "hermes/max_units";

    /// <summary>Units that the agent says it took; null when it says nothing, or no whole number.</summary>
    public static long? Of(IReadOnlyDictionary<string, JsonElement>? metadata) =>
        metadata is not null && metadata.TryGetValue(Reported, out var units) && units.ValueKind == JsonValueKind.Number && units.TryGetInt64(out var count) ? count : null;

    /// <summary>The most units that are paid, for the agent; null where none are counted.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? Allowed(UnitTariff? tariff) =>
        tariff is not null ? new Dictionary<string, JsonElement> { [Most] = JsonSerializer.SerializeToElement(tariff.Most) } : null;
}
