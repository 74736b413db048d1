using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hermes.Infrastructure.Mesh;

/// <summary>One run of a checked schema over one value.</summary>
internal sealed class JsonSchemaEvaluation(JsonElement root)
{
    // A schema of nested references can ask for more work than its size tells; past this the verdict is invalid.
    private const int MostSteps = 500_000;
    private const int MostDepth = 200;
    private const int MostProblems = 20;

    private readonly List<string> _problems = [];
    private readonly Dictionary<string, Regex> _patterns = new(StringComparer.Ordinal);
    private int _steps;
    private int _depth;
    private int _quiet;

    public IReadOnlyList<string> Problems => _problems;

    public void Run(JsonElement value) => Valid(root, value, "$");

    private bool Valid(JsonElement schema, JsonElement value, string at)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return true;
        if (schema.ValueKind == JsonValueKind.False)
            return Fail(at, "nothing is allowed here");
        if (++_steps > MostSteps || _depth >= MostDepth)
            return TooMuch(at);
        _depth++;
        var valid = true;
        foreach (var keyword in schema.EnumerateObject())
            valid &= Holds(schema, keyword.Name, keyword.Value, value, at);
        _depth--;
        return valid;
    }

    private bool Holds(JsonElement schema, string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "$ref" => Valid(JsonSchemaRules.Resolve(root, rule.GetString()!)!.Value, value, at),
        "type" => HasType(rule, value) || Fail(at, $"must be {(rule.ValueKind == JsonValueKind.Array ? string.Join(" or ", rule.EnumerateArray()) : rule.GetString())}"),
        "enum" => rule.EnumerateArray().Any(allowed => Same(allowed, value)) || Fail(at, "is not one of the allowed values"),
        "const" => Same(rule, value) || Fail(at, $"must be {Short(rule)}"),
        "allOf" => All(rule.EnumerateArray().Select(s => Valid(s, value, at))),
        "anyOf" => rule.EnumerateArray().Any(s => Quietly(s, value, at)) || Fail(at, "meets none of the alternatives"),
        "oneOf" => rule.EnumerateArray().Count(s => Quietly(s, value, at)) == 1 || Fail(at, "must meet exactly one of the alternatives"),
        "not" => !Quietly(rule, value, at) || Fail(at, "must not be like this"),
        "if" => Conditional(schema, rule, value, at),
        _ => value.ValueKind switch
        {
            JsonValueKind.Number => OfNumber(keyword, rule, value, at),
            JsonValueKind.String => OfString(keyword, rule, value, at),
            JsonValueKind.Array => OfArray(schema, keyword, rule, value, at),
            JsonValueKind.Object => OfObject(schema, keyword, rule, value, at),
            _ => true,
        },
    };

    private bool OfNumber(string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "maximum" => Compare(value, rule) <= 0 || Fail(at, $"must be at most {rule}"),
        "exclusiveMaximum" => Compare(value, rule) < 0 || Fail(at, $"must be below {rule}"),
        "minimum" => Compare(value, rule) >= 0 || Fail(at, $"must be at least {rule}"),
        "exclusiveMinimum" => Compare(value, rule) > 0 || Fail(at, $"must be above {rule}"),
        "multipleOf" => (value.TryGetDecimal(out var number) && IsPlain(value) ? number % rule.GetDecimal() == 0 : value.GetDouble() % rule.GetDouble() == 0) || Fail(at, $"must be a multiple of {rule}"),
        _ => true,
    };

    private bool OfString(string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "maxLength" => Length(value) <= Count(rule) || Fail(at, $"must have at most {rule} characters"),
        "minLength" => Length(value) >= Count(rule) || Fail(at, $"must have at least {rule} characters"),
        "pattern" => Pattern(rule.GetString()!).IsMatch(value.GetString()!) || Fail(at, "does not match the pattern"),
        _ => true,
    };

    private bool OfArray(JsonElement schema, string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "maxItems" => value.GetArrayLength() <= Count(rule) || Fail(at, $"must have at most {rule} items"),
        "minItems" => value.GetArrayLength() >= Count(rule) || Fail(at, $"must have at least {rule} items"),
        "uniqueItems" => rule.ValueKind == JsonValueKind.False || Unique(value, at) || Fail(at, "must not repeat an item"),
        "prefixItems" => All(rule.EnumerateArray().Zip(value.EnumerateArray(), (s, item) => (s, item)).Select((p, i) => Valid(p.s, p.item, $"{at}[{i}]"))),
        "items" => Items(schema, rule, value, at),
        "contains" => Contains(schema, rule, value, at),
        _ => true,
    };

    private bool OfObject(JsonElement schema, string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "maxProperties" => value.GetPropertyCount() <= Count(rule) || Fail(at, $"must have at most {rule} members"),
        "minProperties" => value.GetPropertyCount() >= Count(rule) || Fail(at, $"must have at least {rule} members"),
        "required" => Required(rule, value, at),
        "dependentRequired" => All(rule.EnumerateObject().Where(m => value.TryGetProperty(m.Name, out _)).Select(m => Required(m.Value, value, at))),
        "dependentSchemas" => All(rule.EnumerateObject().Where(m => value.TryGetProperty(m.Name, out _)).Select(m => Valid(m.Value, value, at))),
        "properties" => All(rule.EnumerateObject().Select(m => !value.TryGetProperty(m.Name, out var member) || Valid(m.Value, member, $"{at}.{m.Name}"))),
        "patternProperties" => All(rule.EnumerateObject().SelectMany(p => value.EnumerateObject().Where(m => Pattern(p.Name).IsMatch(m.Name)).Select(m => Valid(p.Value, m.Value, $"{at}.{m.Name}")))),
        "additionalProperties" => All(value.EnumerateObject().Where(m => IsAdditional(schema, m.Name)).Select(m => Valid(rule, m.Value, $"{at}.{m.Name}"))),
        "propertyNames" => All(value.EnumerateObject().Select(m => NameHolds(rule, m.Name, at))),
        _ => true,
    };

    private bool Conditional(JsonElement schema, JsonElement condition, JsonElement value, string at) =>
        !schema.TryGetProperty(Quietly(condition, value, at) ? "then" : "else", out var branch) || Valid(branch, value, at);

    private bool Items(JsonElement schema, JsonElement rule, JsonElement value, string at)
    {
        var first = schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
        return All(value.EnumerateArray().Select((item, i) => (item, i)).Skip(first).Select(p => Valid(rule, p.item, $"{at}[{p.i}]")));
    }

    private bool Contains(JsonElement schema, JsonElement rule, JsonElement value, string at)
    {
        var least = schema.TryGetProperty("minContains", out var min) ? Count(min) : 1;
        var most = schema.TryGetProperty("maxContains", out var max) ? Count(max) : int.MaxValue;
        var found = value.EnumerateArray().Count(item => Quietly(rule, item, at));
        return found >= least && found <= most || Fail(at, "has too few or too many items of the kind that is asked for");
    }

    private bool Required(JsonElement names, JsonElement value, string at) =>
        All(names.EnumerateArray().Select(name => value.TryGetProperty(name.GetString()!, out _) || Fail(at, $"lacks '{name.GetString()}'")));

    private bool NameHolds(JsonElement rule, string name, string at)
    {
        using var document = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(name));
        return Quietly(rule, document.RootElement, at) || Fail(at, $"has a member with a name that is not allowed: '{name}'");
    }

    private bool IsAdditional(JsonElement schema, string name) =>
        !(schema.TryGetProperty("properties", out var named) && named.TryGetProperty(name, out _))
        && !(schema.TryGetProperty("patternProperties", out var patterns) && patterns.EnumerateObject().Any(p => Pattern(p.Name).IsMatch(name)));

    private bool Unique(JsonElement value, string at)
    {
        var items = value.EnumerateArray().ToArray();
        for (var i = 1; i < items.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (++_steps > MostSteps)
                    return TooMuch(at);
                if (Same(items[i], items[j]))
                    return false;
            }
        }
        return true;
    }

    private bool Quietly(JsonElement schema, JsonElement value, string at)
    {
        _quiet++;
        var valid = Valid(schema, value, at);
        _quiet--;
        return valid;
    }

    // Every part is looked at, so that all problems are told and not only the first.
    private static bool All(IEnumerable<bool> parts) => parts.Aggregate(true, (all, part) => all & part);

    private bool Fail(string at, string what)
    {
        if (_quiet == 0 && _problems.Count < MostProblems)
            _problems.Add($"{at}: {what}");
        return false;
    }

    // Told even within 'not', which would otherwise turn it into a yes.
    private bool TooMuch(string at)
    {
        if (_problems.Count < MostProblems)
            _problems.Add($"{at}: the value is too large or too deep for this schema");
        return false;
    }

    private Regex Pattern(string pattern)
    {
        if (!_patterns.TryGetValue(pattern, out var compiled))
            _patterns[pattern] = compiled = JsonSchemaRules.Compile(pattern);
        return compiled;
    }

    private static bool HasType(JsonElement rule, JsonElement value) => rule.ValueKind == JsonValueKind.Array
        ? rule.EnumerateArray().Any(type => HasType(type, value))
        : (rule.GetString(), value.ValueKind) switch
        {
            ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("number", JsonValueKind.Number) or ("string", JsonValueKind.String) => true,
            ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
            ("integer", JsonValueKind.Number) => value.TryGetDecimal(out var number) && IsPlain(value) ? number == decimal.Truncate(number) : double.IsInteger(value.GetDouble()),
            _ => false,
        };

    private static bool Same(JsonElement left, JsonElement right) => JsonElement.DeepEquals(left, right);

    private static int Compare(JsonElement left, JsonElement right)
    {
        if (left.TryGetDecimal(out var l) && right.TryGetDecimal(out var r) && IsPlain(left) && IsPlain(right))
            return l.CompareTo(r);
        if (BigInteger.TryParse(left.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bl)
            && BigInteger.TryParse(right.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var br))
            return bl.CompareTo(br);
        return left.GetDouble().CompareTo(right.GetDouble());
    }

    // Decimal rounds what has more digits than it holds; those are compared as doubles.
    private static bool IsPlain(JsonElement number) => number.GetRawText() is { Length: <= 28 } text && !text.Contains('e', StringComparison.OrdinalIgnoreCase);

    private static int Count(JsonElement rule) => (int)rule.GetDecimal();

    // Characters are code points here, not UTF-16 units.
    private static int Length(JsonElement value) => value.GetString()!.EnumerateRunes().Count();

    private static string Short(JsonElement value) => value.GetRawText() is { Length: <= 60 } text ? text : "the given value";
}
