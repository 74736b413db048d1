using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared.RateLimits;

namespace Hermes.Web.Shared;

/// <summary>
/// Limits requests per person, agent or, without a valid credential, per address. Posts without a credential (signing in,
/// signing up, resets) have a limit of their own, because each costs a password hash or an e-mail.
/// </summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiter limiter, RateLimitSettings settings)
{
    public Task InvokeAsync(HttpContext context, ICurrentActor current)
    {
        var path = context.Request.Path;
        // Providers send bursts, and prove each event by a signature that costs less than counting it.
        if (path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/api/v1/payments/webhook") || path.StartsWithSegments("/payments/webhook"))
            return next(context);
        var (subject, limit) = SubjectOf(context, current.Actor);
        if (limit == 0)
            return next(context);

        var decision = limiter.Take(subject, limit);
        var headers = context.Response.Headers;
        if (!decision.Allowed || path.StartsWithSegments("/api"))
        {
            headers["RateLimit-Limit"] = decision.Limit.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Reset"] = decision.ResetSeconds.ToString(CultureInfo.InvariantCulture);
        }

        if (decision.Allowed)
            return next(context);
        headers.RetryAfter = decision.ResetSeconds.ToString(CultureInfo.InvariantCulture);
        return ResultHttp.Problem(new Error(
            "request.rate_limited",
            $"More than {decision.Limit} requests in a minute: try again in {decision.ResetSeconds} s.",
            ErrorKind.LimitExceeded)).ExecuteAsync(context);
    }

    private (string Subject, int Limit) SubjectOf(HttpContext context, Actor actor) => actor.Kind switch
    {
        ActorKind.Person => ($"person:{actor.SubjectId:N}", settings.PersonPerMinute),
        ActorKind.Agent => ($"agent:{actor.SubjectId:N}", settings.AgentPerMinute),
        _ when HttpMethods.IsPost(context.Request.Method) => ("sign-in:" + NetworkOf(context.Connection.RemoteIpAddress), settings.SignInsPerMinute),
        _ => ("address:" + NetworkOf(context.Connection.RemoteIpAddress), settings.AddressPerMinute),
    };

    // One customer of a provider has 2^64 IPv6 addresses.
    private static string NetworkOf(IPAddress? address)
    {
        if (address is null)
            return "local";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
