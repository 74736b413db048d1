using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Hermes.Web.Shared;

/// <summary>
/// Refuses an address with a NUL in its path or query: no text that PostgreSQL keeps or compares has one. JSON bodies are
/// looked at where they are read (<see cref="Hermes.Application.Shared.InputJson"/>), forms by <see cref="FormTextFilter"/>.
/// </summary>
internal sealed class QueryTextMiddleware(RequestDelegate next)
{
    private static readonly Error Nul = Error.Invalid("request.malformed", "An address with a NUL character leads nowhere.");

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) != true && request.Path.Value?.Contains('\0', StringComparison.Ordinal) != true)
            return next(context);
        if (!PageRoutes.IsPage(context))
            return ResultHttp.Problem(Nul, StatusCodes.Status400BadRequest).ExecuteAsync(context);
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}

/// <summary>Refuses a page's form with a NUL in it, before anything is bound. No browser sends one by itself.</summary>
internal sealed class FormTextFilter : IAsyncResourceFilter
{
    public async Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next)
    {
        if (context.HttpContext.Request.HasFormContentType && !await IsTextAsync(context.HttpContext))
            context.Result = new StatusCodeResult(StatusCodes.Status400BadRequest);
        else
            await next();
    }

    private static async Task<bool> IsTextAsync(HttpContext context)
    {
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return !form.Any(field => field.Key.Contains('\0', StringComparison.Ordinal) || field.Value.Any(v => v?.Contains('\0', StringComparison.Ordinal) == true));
        }
        catch (InvalidDataException)
        {
            // What the framework itself can't read: a NUL where no file is sent, too many fields.
            return false;
        }
    }
}

/// <summary>Refuses a number in a query where a word is expected: the framework reads any number as a value of an enum.</summary>
internal static class QueryWords
{
    public static EndpointFilterDelegate Check(EndpointFilterFactoryContext factory, EndpointFilterDelegate next)
    {
        var words = factory.MethodInfo.GetParameters()
            .Select(p => (p.Position, p.Name, Type: Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType)).Where(p => p.Type.IsEnum).ToArray();
        return words.Length == 0 ? next : context =>
        {
            foreach (var (position, name, type) in words)
            {
                if (context.Arguments[position] is { } value && !Enum.IsDefined(type, value))
                    return ValueTask.FromResult<object?>(ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]>
                    {
                        [SnakeCase.Of(name!)] = [$"One of {string.Join(", ", Enum.GetNames(type).Select(SnakeCase.Of))}."],
                    })));
            }
            return next(context);
        };
    }
}
