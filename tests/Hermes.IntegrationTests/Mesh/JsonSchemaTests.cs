using System.Text.Json;
using Hermes.Infrastructure.Mesh;

namespace Hermes.IntegrationTests.Mesh;

public sealed class JsonSchemaTests
{
    private readonly JsonSchemaValidator _validator = new();

    [Theory]
    [InlineData("""{"type":"object","required":["a"]}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"type":"integer"}""", "1.0", "1.5")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"type":"boolean"}""", "false", "0")]
    [InlineData("""{"enum":[1,"a",{"x":[1]}]}""", """{"x":[1.0]}""", """{"x":[2]}""")]
    [InlineData("""{"const":0}""", "0.0", "false")]
    [InlineData("""{"minimum":1,"exclusiveMaximum":2}""", "1.999999999999999999", "2")]
    [InlineData("""{"maximum":100000000000000000000000000000000001}""", "100000000000000000000000000000000001", "100000000000000000000000000000000002")]
    [InlineData("""{"multipleOf":0.01}""", "4.35", "4.355")]
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"😀😀\"", "\"😀\"")]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"abc\"", "\"aBc\"")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1,2]""", """["a","b"]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",{"a":1}]""", """[1,2,1.0]""")]
    [InlineData("""{"contains":{"const":1},"maxContains":2}""", "[1,1,3]", "[1,1,1]")]
    [InlineData("""{"contains":{"const":1},"minContains":0}""", "[2]", "-")]
    [InlineData("""{"minItems":1,"maxItems":2}""", "[1]", "[]")]
    [InlineData("""{"minProperties":1,"maxProperties":1}""", """{"a":1}""", """{"a":1,"b":2}""")]
    [InlineData("""{"properties":{"a":{"type":"number"}},"additionalProperties":false}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"patternProperties":{"^x_":{"type":"number"}},"additionalProperties":{"type":"string"}}""", """{"x_a":1,"b":"s"}""", """{"x_a":"s"}""")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"ab":1}""", """{"abc":1}""")]
    [InlineData("""{"dependentRequired":{"card":["address"]}}""", """{"name":1}""", """{"card":1}""")]
    [InlineData("""{"dependentSchemas":{"card":{"required":["address"]}}}""", """{"card":1,"address":2}""", """{"card":1}""")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", "2", "4")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":3}]}""", "3", "2")]
    [InlineData("""{"oneOf":[{"multipleOf":3},{"multipleOf":5}]}""", "9", "15")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"a\"")]
    [InlineData("""{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},"else":{"required":["b"]}}""", """{"k":1,"a":1}""", """{"k":1,"b":1}""")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}}""", "1", "\"a\"")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"next":{"v":2}}""", """{"v":1,"next":{}}""")]
    [InlineData("""{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"const":1}}}""", "1", "2")]
    [InlineData("true", "1", "-")]
    [InlineData("""{"format":"email","x-note":1}""", "\"not an address\"", "-")]
    public void A_value_is_judged_as_the_draft_says(string schema, string good, string bad)
    {
        _validator.Check(schema).ShouldBeNull();
        Problems(schema, good).ShouldBeEmpty();
        if (bad != "-")
            Problems(schema, bad).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"requried":["a"]}""")]
    [InlineData("""{"unevaluatedProperties":false}""")]
    [InlineData("""{"$dynamicRef":"#a"}""")]
    [InlineData("""{"$ref":"https://example.com/schema"}""")]
    [InlineData("""{"$ref":"#/$defs/missing"}""")]
    [InlineData("""{"$ref":"#/const","const":{"requried":1}}""")]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"items":[{"type":"string"}]}""")]
    [InlineData("""{"exclusiveMinimum":true}""")]
    [InlineData("""{"type":"float"}""")]
    [InlineData("""{"pattern":"(a"}""")]
    [InlineData("""{"pattern":"(a)\\1"}""")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#"}""")]
    [InlineData("""{"multipleOf":0}""")]
    [InlineData("""{"properties":{"a":{"minLength":-1}}}""")]
    [InlineData("""{"type":"object","type":"array"}""")]
    public void A_schema_whose_verdict_could_differ_is_refused(string schema) =>
        _validator.Check(schema)!.Members!.Keys.ShouldContain("validation.json_schema");

    [Fact]
    public void Problems_name_the_place() =>
        Problems("""{"properties":{"rows":{"items":{"required":["id"]}}}}""", """{"rows":[{"id":1},{}]}""").ShouldBe(["$.rows[1]: lacks 'id'"]);

    [Fact]
    public void A_schema_that_explodes_ends_as_invalid()
    {
        var defs = string.Concat(Enumerable.Range(0, 30).Select(i => "\"d" + i + "\":{\"allOf\":[{\"$ref\":\"#/$defs/d" + (i + 1) + "\"},{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}]},"));
        var schema = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + defs + "\"d30\":{\"type\":\"number\"}}}";
        _validator.Check(schema).ShouldBeNull();

        // Tried out in full it would take 2³⁰ steps and never come back.
        Problems(schema, "1").ShouldNotBeEmpty();
    }

    [Fact]
    public void A_pattern_that_would_backtrack_for_ever_is_linear() =>
        Problems("""{"pattern":"^(a+)+$"}""", $"\"{new string('a', 50_000)}!\"").ShouldNotBeEmpty();

    private IReadOnlyList<string> Problems(string schema, string value)
    {
        using var document = JsonDocument.Parse(value);
        return _validator.Validate(schema, document.RootElement);
    }
}
