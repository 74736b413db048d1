using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Hermes.Application.A2A.Public;

/// <summary>JSON in its one canonical form (RFC 8785), which signatures are made over.</summary>
public static class CanonicalJson
{
    /// <summary>
    /// The form that a card's signature covers: without <c>signatures</c>, and without members that hold nothing (empty texts
    /// and arrays), which readers of the protocol's definition can't tell from absent ones.
    /// </summary>
    public static byte[] OfCard(AgentCard card)
    {
        var json = JsonNode.Parse(A2AJson.Write(card with { Signatures = null }))!;
        Strip(json);
        return Of(json);
    }

    /// <summary>UTF-8 without white space, members in the order of their names' UTF-16 code units, numbers as ECMAScript writes them.</summary>
    public static byte[] Of(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Strip(JsonNode node)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
            {
                if (value is JsonArray { Count: 0 } || (value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>().Length == 0))
                    members.Remove(name);
                else if (value is not null)
                    Strip(value);
            }
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items.OfType<JsonNode>())
                Strip(item);
        }
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                text.Append('{');
                var first = true;
                foreach (var (name, value) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    Quote(name, text);
                    text.Append(':');
                    Write(value, text);
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Write(items[i], text);
                }
                text.Append(']');
                break;
            default:
                var leaf = node.AsValue();
                switch (leaf.GetValueKind())
                {
                    case System.Text.Json.JsonValueKind.String:
                        Quote(leaf.GetValue<string>(), text);
                        break;
                    case System.Text.Json.JsonValueKind.Number:
                        text.Append(Number(double.Parse(leaf.ToJsonString(), CultureInfo.InvariantCulture)));
                        break;
                    default:
                        text.Append(leaf.ToJsonString());
                        break;
                }
                break;
        }
    }

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }
        text.Append('"');
    }

    // Number::toString of ECMA-262: the shortest digits that read back the same, an exponent only below 1e-6 and from 1e21 on.
    private static string Number(double value)
    {
        if (value == 0)
            return "0";
        var digits = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var exponent = int.Parse(digits[(digits.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var mantissa = shortest.Split('E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        // Rounding to 17 digits may carry into the next power of ten; the shortest form knows the right one.
        if (double.Parse($"{mantissa[0]}.{(mantissa.Length > 1 ? mantissa[1..] : "0")}E{exponent}", CultureInfo.InvariantCulture) != Math.Abs(value))
            exponent++;
        var n = exponent + 1;
        var sign = value < 0 ? "-" : "";
        if (n is > 0 and <= 21)
            return sign + (mantissa.Length <= n ? mantissa.PadRight(n, '0') : $"{mantissa[..n]}.{mantissa[n..]}");
        if (n is > -6 and <= 0)
            return $"{sign}0.{new string('0', -n)}{mantissa}";
        var tail = mantissa.Length > 1 ? $".{mantissa[1..]}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa[0]}{tail}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}");
    }
}
