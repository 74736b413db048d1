using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Which schemas are accepted: every keyword that could change a verdict is either supported and well formed, or refused.</summary>
internal static class JsonSchemaRules
{
    private enum Form { Schema, Schemas, SchemaMap, PatternMap, Type, Number, PositiveNumber, Count, Text, Pattern, Flag, Names, NamesMap, Any, AnyList, Reference }

    private static readonly FrozenDictionary<string, Form> Supported = new Dictionary<string, Form>(StringComparer.Ordinal)
    {
        ["type"] = Form.Type,
        ["enum"] = Form.AnyList,
        ["const"] = Form.Any,
        ["multipleOf"] = Form.PositiveNumber,
        ["maximum"] = Form.Number,
        ["exclusiveMaximum"] = Form.Number,
        ["minimum"] = Form.Number,
        ["exclusiveMinimum"] = Form.Number,
        ["maxLength"] = Form.Count,
        ["minLength"] = Form.Count,
        ["pattern"] = Form.Pattern,
        ["maxItems"] = Form.Count,
        ["minItems"] = Form.Count,
        ["uniqueItems"] = Form.Flag,
        ["prefixItems"] = Form.Schemas,
        ["items"] = Form.Schema,
        ["contains"] = Form.Schema,
        ["minContains"] = Form.Count,
        ["maxContains"] = Form.Count,
        ["maxProperties"] = Form.Count,
        ["minProperties"] = Form.Count,
        ["required"] = Form.Names,
        ["dependentRequired"] = Form.NamesMap,
        ["properties"] = Form.SchemaMap,
        ["patternProperties"] = Form.PatternMap,
        ["additionalProperties"] = Form.Schema,
        ["propertyNames"] = Form.Schema,
        ["dependentSchemas"] = Form.SchemaMap,
        ["allOf"] = Form.Schemas,
        ["anyOf"] = Form.Schemas,
        ["oneOf"] = Form.Schemas,
        ["not"] = Form.Schema,
        ["if"] = Form.Schema,
        ["then"] = Form.Schema,
        ["else"] = Form.Schema,
        ["$ref"] = Form.Reference,
        ["$defs"] = Form.SchemaMap,
        ["definitions"] = Form.SchemaMap,
        // These say something about a value and never change the verdict (format is an annotation in this draft).
        ["$comment"] = Form.Text,
        ["title"] = Form.Text,
        ["description"] = Form.Text,
        ["default"] = Form.Any,
        ["examples"] = Form.Any,
        ["deprecated"] = Form.Flag,
        ["readOnly"] = Form.Flag,
        ["writeOnly"] = Form.Flag,
        ["format"] = Form.Text,
        ["contentEncoding"] = Form.Text,
        ["contentMediaType"] = Form.Text,
        ["contentSchema"] = Form.Any,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Types = new[] { "null", "boolean", "object", "array", "number", "string", "integer" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What is wrong with the schema, as the end of a sentence; null when it is accepted.</summary>
    public static string? Problem(JsonElement root) => Problem(root, root, "#") ?? Loops(root);

    /// <summary>The schema that a reference within the document names; null when there is none.</summary>
    public static JsonElement? Resolve(JsonElement root, string reference)
    {
        if (reference == "#")
            return root;
        if (!reference.StartsWith("#/", StringComparison.Ordinal))
            return null;
        var at = root;
        foreach (var escaped in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(escaped).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
                at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < at.GetArrayLength())
                at = at[index];
            else
                return null;
        }
        return at.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False ? at : null;
    }

    /// <summary>The pattern as this machine runs it: linear in the text's length, without look-around and back-references.</summary>
    /// <exception cref="ArgumentException">The pattern is malformed or uses what is not supported.</exception>
    public static Regex Compile(string pattern) =>
        new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));

    private static string? Problem(JsonElement root, JsonElement schema, string at)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return null;
        if (schema.ValueKind != JsonValueKind.Object)
            return $"a schema is an object or a boolean, at {at}";
        foreach (var keyword in schema.EnumerateObject())
        {
            var place = $"{at}/{keyword.Name}";
            if (keyword.Name.StartsWith("x-", StringComparison.Ordinal) || (at == "#" && keyword.Name is "$id"))
                continue;
            if (at == "#" && keyword.Name == "$schema")
            {
                if (keyword.Value.ValueKind != JsonValueKind.String || keyword.Value.GetString()!.TrimEnd('#') != "https://json-schema.org/draft/2020-12/schema")
                    return "only draft 2020-12 is supported ($schema names another one)";
                continue;
            }
            if (!Supported.TryGetValue(keyword.Name, out var form))
                return $"the keyword at {place} is not supported";
            if (FormProblem(root, keyword.Value, form, place) is { } problem)
                return problem;
        }
        return null;
    }

    private static string? FormProblem(JsonElement root, JsonElement value, Form form, string at) => form switch
    {
        Form.Schema => Problem(root, value, at),
        Form.Schemas => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0
            ? $"a list of schemas is needed at {at}"
            : value.EnumerateArray().Select((s, i) => Problem(root, s, $"{at}/{i}")).FirstOrDefault(p => p is not null),
        Form.SchemaMap or Form.PatternMap => value.ValueKind != JsonValueKind.Object
            ? $"an object of schemas is needed at {at}"
            : value.EnumerateObject().Select(m => (form == Form.PatternMap ? PatternProblem(m.Name, at) : null) ?? Problem(root, m.Value, $"{at}/{m.Name}")).FirstOrDefault(p => p is not null),
        Form.Type => IsType(value) || value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(IsType) ? null : $"an unknown type at {at}",
        Form.Number => value.ValueKind == JsonValueKind.Number ? null : $"a number is needed at {at}",
        Form.PositiveNumber => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var d) && d > 0 ? null : $"a number above zero is needed at {at}",
        Form.Count => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var n) && n >= 0 && n <= int.MaxValue && n == decimal.Truncate(n) ? null : $"a whole number is needed at {at}",
        Form.Text => value.ValueKind == JsonValueKind.String ? null : $"a string is needed at {at}",
        Form.Pattern => value.ValueKind == JsonValueKind.String ? PatternProblem(value.GetString()!, at) : $"a string is needed at {at}",
        Form.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"true or false is needed at {at}",
        Form.Names => AreNames(value) ? null : $"a list of names is needed at {at}",
        Form.NamesMap => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(m => AreNames(m.Value)) ? null : $"an object of lists of names is needed at {at}",
        Form.AnyList => value.ValueKind == JsonValueKind.Array ? null : $"a list is needed at {at}",
        Form.Reference => value.ValueKind == JsonValueKind.String && Resolve(root, value.GetString()!) is { } target && (target.ValueKind != JsonValueKind.Object || IsSchemaPlace(value.GetString()!))
            ? null
            : $"the reference at {at} leads nowhere in this schema (remote references and anchors are not supported)",
        _ => null,
    };

    // A reference into a const, an enum or an extension would reach something that was never checked as a schema.
    private static bool IsSchemaPlace(string reference)
    {
        var names = reference.Split('/').Skip(1).ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            if (!Supported.TryGetValue(Uri.UnescapeDataString(names[i]), out var form))
                return false;
            switch (form)
            {
                case Form.Schema:
                    break;
                case Form.Schemas or Form.SchemaMap or Form.PatternMap:
                    i++;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    // A schema that refers to itself without going into the value would never end.
    private static string? Loops(JsonElement root)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        return Everywhere(root, "#").Select(s => InPlace(s.Schema, s.At, new HashSet<string>(StringComparer.Ordinal))).FirstOrDefault(p => p is not null);

        string? InPlace(JsonElement schema, string at, HashSet<string> open)
        {
            if (schema.ValueKind != JsonValueKind.Object || done.Contains(at))
                return null;
            if (!open.Add(at))
                return $"the schema at {at} refers to itself without end";
            foreach (var keyword in schema.EnumerateObject())
            {
                var problem = keyword.Name switch
                {
                    "$ref" => InPlace(Resolve(root, keyword.Value.GetString()!)!.Value, Normal(keyword.Value.GetString()!), open),
                    "not" or "if" or "then" or "else" or "allOf" or "anyOf" or "oneOf" or "dependentSchemas" =>
                        Parts(keyword, at).Select(part => InPlace(part.Schema, part.At, open)).FirstOrDefault(p => p is not null),
                    _ => null,
                };
                if (problem is not null)
                    return problem;
            }
            open.Remove(at);
            done.Add(at);
            return null;
        }

        static string Normal(string reference) => Uri.UnescapeDataString(reference).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }

    private static IEnumerable<(JsonElement Schema, string At)> Everywhere(JsonElement schema, string at) =>
        schema.ValueKind != JsonValueKind.Object
            ? []
            : schema.EnumerateObject().SelectMany(keyword => Parts(keyword, at)).SelectMany(part => Everywhere(part.Schema, part.At)).Prepend((schema, at));

    private static IEnumerable<(JsonElement Schema, string At)> Parts(JsonProperty keyword, string at) => Supported.GetValueOrDefault(keyword.Name, Form.Any) switch
    {
        Form.Schema => [(keyword.Value, $"{at}/{keyword.Name}")],
        Form.SchemaMap or Form.PatternMap => keyword.Value.EnumerateObject().Select(m => (m.Value, $"{at}/{keyword.Name}/{m.Name}")),
        Form.Schemas => keyword.Value.EnumerateArray().Select((s, i) => (s, $"{at}/{keyword.Name}/{i}")),
        _ => [],
    };

    private static bool IsType(JsonElement value) => value.ValueKind == JsonValueKind.String && Types.Contains(value.GetString()!);

    private static bool AreNames(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String);

    private static string? PatternProblem(string pattern, string at)
    {
        try
        {
            Compile(pattern);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return $"the pattern at {at} is malformed or uses look-around or back-references";
        }
    }
}
