using System.Text.RegularExpressions;
using Hermes.Web.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hermes.Web.Developer;

/// <summary>What holds for each route: its headers, its refusals and whether it asks for a credential.</summary>
internal sealed partial class ApiOperation : IOpenApiOperationTransformer
{
    // Those whose request allows anyone; a test asks every other route without a credential and expects 401.
    private static readonly HashSet<string> Open = new(StringComparer.Ordinal)
    {
        "POST api/v1/sign-in", "POST api/v1/sign-out", "POST api/v1/tokens", "POST api/v1/mesh/receipts/verify",
        "POST api/v1/payments/webhook/{provider}",
        "GET api/v1/marketplace/leaderboard", "GET api/v1/marketplace/agents/{id}/trust-score",
        "GET api/v1/marketplace/agents/{id}/reputation", "GET api/v1/marketplace/agents/{id}/outcomes",
        "GET api/v1/agents/{id}/pricing", "GET api/v1/marketplace/suggestions", "GET api/v1/marketplace/agents/{id}/similar",
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var method = context.Description.HttpMethod ?? "GET";
        var route = Constraint().Replace(context.Description.RelativePath ?? "", "}").TrimEnd('/');
        operation.OperationId ??= NameOf(method, route);
        if (!Open.Contains($"{method} {route}"))
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDocument.Bearer, context.Document)] = [] }];

        operation.Parameters ??= [];
        // To the framework a type that parses itself is any text.
        foreach (var described in context.Description.ParameterDescriptions)
        {
            var type = described.ParameterDescriptor?.ParameterType is { } given ? Nullable.GetUnderlyingType(given) ?? given : null;
            if (type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Word<>))
                operation.Parameters.OfType<OpenApiParameter>().Single(p => p.Name == described.Name).Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ApiSchema.WordsOf(type.GenericTypeArguments[0]) };
        }
        if (method == "POST")
            operation.Parameters.Add(Header("Idempotency-Key", "1–200 printable characters: the same key and body again get the first answer again, another body 422."));
        if (method == "PUT")
            operation.Parameters.Add(Header("If-Match", "The ETag that was read: 412 when somebody changed it meanwhile."));

        operation.Responses ??= [];
        foreach (var (status, response) in operation.Responses)
            if (status.StartsWith('2') && response is OpenApiResponse success)
                success.Headers = Limits();
        if (operation.Security is not null)
            Refuse(operation, context, "401", "No credential, or one that is unknown, expired or revoked.");
        if (operation.Security is not null)
            Refuse(operation, context, "403", "The caller's role or key lacks the permission.");
        if (operation.Security is not null && method != "GET")
            Refuse(operation, context, "402", "The balance does not cover it, or a payment is overdue for too long.");
        if (route.Contains('{', StringComparison.Ordinal))
            Refuse(operation, context, "404", "There is no such thing for this caller; another tenant's private one does not exist either.");
        if (method is "POST" or "PUT" or "DELETE")
            Refuse(operation, context, "409", "The present state does not allow it.");
        if (method == "PUT")
            Refuse(operation, context, "412", "If-Match names an older version.");
        if (operation.RequestBody is not null || operation.Parameters.Any(p => p.In == ParameterLocation.Query))
            Refuse(operation, context, "400", "The JSON or a parameter can't be read; the sentence says where.");
        if (operation.RequestBody is not null || operation.Parameters.Any(p => p.In == ParameterLocation.Query))
            Refuse(operation, context, "422", "Some members are not valid; `errors` names them.");
        var limited = Refuse(operation, context, "429", "Too many requests.");
        limited.Headers = Limits();
        limited.Headers["Retry-After"] = Number("Seconds to wait.");
        return Task.CompletedTask;
    }

    private static OpenApiResponse Refuse(OpenApiOperation operation, OpenApiOperationTransformerContext context, string status, string description)
    {
        var response = new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ApiDocument.Problem, context.Document) },
            },
        };
        operation.Responses![status] = response;
        return response;
    }

    private static Dictionary<string, IOpenApiHeader> Limits() => new()
    {
        ["RateLimit-Limit"] = Number("Requests a minute that the caller may send."),
        ["RateLimit-Remaining"] = Number("What is left of them."),
        ["RateLimit-Reset"] = Number("Seconds until they are all there again."),
    };

    private static OpenApiHeader Number(string description) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } };

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    // post_mesh_contracts_by_id_bid: what generators of clients name their methods by.
    private static string NameOf(string method, string route) =>
        method.ToLowerInvariant() + "_" + string.Join('_', route["api/v1/".Length..].Split('/')
            .Select(part => part.StartsWith('{') ? "by_" + part.Trim('{', '}').Split(':')[0] : part.Replace('-', '_')));

    [GeneratedRegex(":[^}]*}")]
    private static partial Regex Constraint();
}
