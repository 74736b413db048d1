using System.Text.Json.Nodes;
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
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var nullable = type != context.JsonTypeInfo.Type ? JsonSchemaType.Null : 0;
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
            schema.Type = JsonSchemaType.String | (context.JsonPropertyInfo is { IsGetNullable: true } ? JsonSchemaType.Null : 0);
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
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String | nullable;
            schema.Enum = WordsOf(type);
        }

        return Task.CompletedTask;
    }

    /// <summary>An enum's values as the API writes them.</summary>
    public static IList<JsonNode> WordsOf(Type choices) => [.. Enum.GetNames(choices).Select(name => (JsonNode)JsonValue.Create(SnakeCase.Of(name)))];
}
