using System.Globalization;
using System.Text.Json.Nodes;

namespace Hermes.Infrastructure.Billing.TestProvider;

/// <summary>A form in bracket notation as a tree: <c>items[0][price]=x</c> is <c>{"items":{"0":{"price":"x"}}}</c>.</summary>
internal sealed class TestForm
{
    private const int MostParts = 8;

    private readonly JsonObject _tree = [];

    public TestForm(string? encoded)
    {
        foreach (var pair in (encoded ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                continue;
            var names = Decode(pair[..equals]).Replace("]", "", StringComparison.Ordinal).Split('[');
            if (names.Length > MostParts)
                throw new TestProviderException(400, "invalid_request_error", "parameter_invalid", "Too deep.", names[0]);
            var at = _tree;
            foreach (var name in names[..^1])
            {
                if (at[name] is not JsonObject inner)
                    at[name] = inner = [];
                at = inner;
            }
            // items[]=a&items[]=b
            var last = names[^1].Length == 0 ? at.Count.ToString(CultureInfo.InvariantCulture) : names[^1];
            at[last] = Decode(pair[(equals + 1)..]);
        }
    }

    private TestForm(JsonObject tree) => _tree = tree;

    public string? this[string name] => At(name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public string Required(string name) => this[name] is { Length: > 0 } text ? text
        : throw new TestProviderException(400, "invalid_request_error", "parameter_missing", $"Missing required param: {name}.", name);

    public long RequiredNumber(string name) => Number(name) ?? throw new TestProviderException(400, "invalid_request_error", "parameter_missing", $"Missing required param: {name}.", name);

    public long? Number(string name) => this[name] is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new TestProviderException(400, "invalid_request_error", "parameter_invalid_integer", $"Invalid integer: {text}", name);

    public bool? Flag(string name) => this[name] switch { "true" => true, "false" => false, _ => null };

    /// <summary>The elements of a list.</summary>
    public IReadOnlyList<TestForm> List(string name) => At(name) is JsonObject list ? [.. list.Select(e => e.Value is JsonObject o ? new TestForm(o) : new TestForm([]))] : [];

    /// <summary>A flat object such as metadata.</summary>
    public JsonObject Object(string name) => At(name) is JsonObject found ? (JsonObject)found.DeepClone() : [];

    private JsonNode? At(string name)
    {
        JsonNode? at = _tree;
        foreach (var part in name.Split('.'))
            at = (at as JsonObject)?[part];
        return at;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}

/// <summary>A refusal in Stripe's shape.</summary>
internal sealed class TestProviderException(int status, string type, string? code, string message, string? param = null) : Exception(message)
{
    public int Status { get; } = status;

    public JsonObject Body { get; init; } = new()
    {
        ["error"] = new JsonObject { ["type"] = type, ["code"] = code, ["message"] = message, ["param"] = param },
    };

    /// <summary>True when what was done until here stays: a declined payment is remembered as declined.</summary>
    public bool Keeps { get; init; }
}
