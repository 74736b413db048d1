using System.Globalization;
using Hermes.Application.Shared;

namespace Hermes.Web.Shared;

/// <summary>Counts a tenant's requests to the API against its plan. When they are used up, what pays goes through only.</summary>
internal sealed class QuotaMiddleware(RequestDelegate next, IQuotas quotas, TimeProvider clock)
{
    private static readonly string[] Paying = ["/api/v1/subscriptions", "/api/v1/payments", "/api/v1/billing", "/api/v1/wallet", "/api/v1/sign-out"];

    public async Task InvokeAsync(HttpContext context, ICurrentActor current)
    {
        var path = context.Request.Path;
        if (current.Actor is not { Tenant: { } tenant, IsOperator: false } || !(path.StartsWithSegments("/api") || path.StartsWithSegments("/a2a"))
            || await quotas.TakeAsync(tenant, PlanUse.Request, context.RequestAborted) is not { } refusal || Paying.Any(p => path.StartsWithSegments(p)))
        {
            await next(context);
            return;
        }
        var now = clock.GetUtcNow().UtcDateTime;
        context.Response.Headers.RetryAfter = ((int)(now.Date.AddDays(1) - now).TotalSeconds + 1).ToString(CultureInfo.InvariantCulture);
        await ResultHttp.Problem(refusal).ExecuteAsync(context);
    }
}
