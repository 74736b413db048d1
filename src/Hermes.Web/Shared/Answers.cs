using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hermes.Web.Shared;

/// <summary>
/// 200 with a value, or a refusal. The type says it in the handler's signature, from which the OpenAPI document is made:
/// what a route documents is what it sends.
/// </summary>
/// <typeparam name="T">The value.</typeparam>
/// <param name="inner">What is really answered.</param>
public sealed class OkAnswer<T>(Microsoft.AspNetCore.Http.IResult inner) : Microsoft.AspNetCore.Http.IResult, IEndpointMetadataProvider
{
    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext) => inner.ExecuteAsync(httpContext);

    /// <inheritdoc />
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
    }
}

/// <summary>201 with a value and its place, or a refusal.</summary>
/// <typeparam name="T">The value.</typeparam>
/// <param name="inner">What is really answered.</param>
public sealed class CreatedAnswer<T>(Microsoft.AspNetCore.Http.IResult inner) : Microsoft.AspNetCore.Http.IResult, IEndpointMetadataProvider
{
    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext) => inner.ExecuteAsync(httpContext);

    /// <inheritdoc />
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status201Created, typeof(T), ["application/json"]));
    }
}

/// <summary>204, or a refusal.</summary>
/// <param name="inner">What is really answered.</param>
public sealed class NoContentAnswer(Microsoft.AspNetCore.Http.IResult inner) : Microsoft.AspNetCore.Http.IResult, IEndpointMetadataProvider
{
    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext) => inner.ExecuteAsync(httpContext);

    /// <inheritdoc />
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void)));
    }
}
