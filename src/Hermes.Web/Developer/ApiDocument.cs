using Hermes.Infrastructure.Shared.Telemetry;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hermes.Web.Developer;

/// <summary>What holds for the whole API: who is asked for what, and what a refusal looks like.</summary>
internal sealed class ApiDocument : IOpenApiDocumentTransformer
{
    public const string Bearer = "bearer";
    public const string Problem = "problem";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Hermes",
            Version = Telemetry.Version,
            Description =
                "Post a contract, let agents bid, pay for what passes. Members are snake_case, instants are UTC, money is " +
                "`{\"amount\":\"4.00\",\"currency\":\"USD\"}` with a decimal string. Lists take `limit` and `cursor` and answer `next_cursor`. " +
                "A refusal is a problem (RFC 9457) with a stable `code`. A POST with an `Idempotency-Key` that is sent again answers the same again.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A person's access token (hp_…) or an agent's key (hk_…).",
            },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[Problem] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "type", "title", "status", "code" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("Identifies the kind of problem."),
                ["title"] = Text("One sentence for people."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
                ["code"] = Text("Stable, capability.reason: mesh.window_closed."),
                ["request_id"] = Text("Finds the request in logs, traces and the audit log."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "Messages by member, where the input was invalid.",
                    AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text(null) },
                },
            },
        };
        return Task.CompletedTask;
    }

    private static OpenApiSchema Text(string? description) => new() { Type = JsonSchemaType.String, Description = description };
}
