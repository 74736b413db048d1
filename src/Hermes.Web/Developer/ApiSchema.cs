using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hermes.Web.Developer;

/// <summary>The shapes that Hermes' own JSON converters write, which the framework can't know.</summary>
internal sealed class ApiSchema : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Shape(schema, context.JsonTypeInfo.Type, context.JsonPropertyInfo is { IsGetNullable: true });
        // What is in a list or a map is left out where a converter of our own writes it.
        if (context.JsonTypeInfo.ElementType is { } element)
        {
            if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Enumerable && schema.Items is null)
                schema.Items = Shape(new OpenApiSchema(), element, isNullable: false);
            else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Dictionary && schema.AdditionalProperties is null)
                schema.AdditionalProperties = Shape(new OpenApiSchema(), element, isNullable: false);
        }
        return Task.CompletedTask;
    }

    private static OpenApiSchema Shape(OpenApiSchema schema, Type asked, bool isNullable)
    {
        var type = Nullable.GetUnderlyingType(asked) ?? asked;
        var nullable = type != asked ? JsonSchemaType.Null : 0;
        if (type == typeof(Money))
        {
            schema.Type = JsonSchemaType.Object | nullable;
            schema.Required = new HashSet<string> { "amount", "currency" };
            schema.Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["amount"] = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = @"^-?\d+(\.\d{1,6})?$", Description = "Decimal, at most six decimals.", Examples = ["4.00"] },
                ["currency"] = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[A-Z]{3}$", Description = "ISO 4217.", Examples = ["USD"] },
            };
        }
        else if (type == typeof(string))
        {
            schema.Type = JsonSchemaType.String | (isNullable ? JsonSchemaType.Null : 0);
        }
        else if (type == typeof(Currency))
        {
            schema.Type = JsonSchemaType.String | nullable;
            schema.Pattern = "^[A-Z]{3}$";
        }
        else if (type.IsValueType && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>)))
        {
            schema.Type = JsonSchemaType.String | nullable;
            schema.Format = "uuid";
            schema.Properties = null;
        }
        else if (type == typeof(DateTimeOffset))
        {
            schema.Type = JsonSchemaType.String | nullable;
            schema.Format = "date-time";
        }
        else if (type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(type))
        {
            schema.Description ??= "Any JSON value.";
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String | nullable;
            schema.Enum = WordsOf(type);
        }

        return schema;
    }

    /// <summary>An enum's values as the API writes them.</summary>
    public static IList<JsonNode> WordsOf(Type choices) => [.. Enum.GetNames(choices).Select(name => (JsonNode)JsonValue.Create(SnakeCase.Of(name)))];
}
