using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Web.Shared;

/// <summary>
/// Counts a tenant's requests to the API against its plan and, when a payment is overdue for too long, lets through what
/// reads and what pays only.
/// </summary>
internal sealed class QuotaMiddleware(RequestDelegate next, IQuotas quotas, IPlans plans, TimeProvider clock)
{
    private static readonly string[] Paying = ["/api/v1/subscriptions", "/api/v1/payments", "/api/v1/billing", "/api/v1/wallet", "/api/v1/sign-out"];
    private static readonly Error Suspended = Domain.Billing.BillingErrors.Suspended;

    public async Task InvokeAsync(HttpContext context, ICurrentActor current)
    {
        var path = context.Request.Path;
        if (current.Actor is not { Tenant: { } tenant, IsOperator: false } || !(path.StartsWithSegments("/api") || path.StartsWithSegments("/a2a")))
        {
            await next(context);
            return;
        }
        var refusal = await quotas.TakeAsync(tenant, PlanUse.Request, context.RequestAborted);
        if (refusal is null && !HttpMethods.IsGet(context.Request.Method) && !Paying.Any(p => path.StartsWithSegments(p))
            && (await plans.OfAsync(tenant, context.RequestAborted)).Standing == PlanStanding.Suspended)
            refusal = Suspended;
        if (refusal is null || Paying.Any(p => path.StartsWithSegments(p)))
        {
            await next(context);
            return;
        }
        if (refusal.Kind == ErrorKind.LimitExceeded)
        {
            var now = clock.GetUtcNow().UtcDateTime;
            context.Response.Headers.RetryAfter = ((int)(now.Date.AddDays(1) - now).TotalSeconds + 1).ToString(CultureInfo.InvariantCulture);
        }
        await ResultHttp.Problem(refusal).ExecuteAsync(context);
    }
}
