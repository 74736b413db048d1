using Hermes.Infrastructure.Shared;
using Hermes.Web.Shared;

namespace Hermes.Web.Developer;

/// <summary>The API's description for machines (<c>/openapi/v1.json</c>) and, from it, for people (<c>/developers/api</c>).</summary>
internal sealed class DeveloperModule : IModule, IRootEndpoints
{
    public void Register(IServiceCollection services, IConfiguration configuration) => services.AddOpenApi("v1", options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer<ApiDocument>();
        options.AddOperationTransformer<ApiOperation>();
        options.AddSchemaTransformer<ApiSchema>();
    });

    public void Map(IEndpointRouteBuilder root) => root.MapOpenApi("/openapi/{documentName}.json");
}
