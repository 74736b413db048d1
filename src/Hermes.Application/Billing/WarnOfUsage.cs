using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Tells the tenant once per window and level that its plan is nearly or wholly used up.</summary>
/// <param name="Use">What: <c>request</c>, <c>call</c>, <c>seat</c>, <c>agent</c>.</param>
/// <param name="StartsAt">The window: a day, an hour, for places the month.</param>
/// <param name="Percent">80 or 100.</param>
[RequiresSystem]
public sealed record WarnOfUsage(string Use, DateTimeOffset StartsAt, int Percent) : ICommand<bool>;

internal sealed class WarnOfUsageHandler(IBillingDb db, IUsageBook usage, IOutbox outbox, IMailbox mailbox, IPublicLinks links, ICurrentActor current) : IRequestHandler<WarnOfUsage, Result<bool>>
{
    public async Task<Result<bool>> Handle(WarnOfUsage request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!await usage.WarnAsync(tenant, request.Use, request.StartsAt, request.Percent, cancellationToken))
            return false;
        var what = request.Use switch { "request" => "requests of today", "call" => "calls of this hour", "seat" => "places for people", _ => "places for agents" };
        outbox.Add(new LiveEvent("quota.warning", "quota", tenant.Value, tenant, new { use = request.Use, percent = request.Percent }, Audience.Of(tenant)));
        var email = await db.BillingAccounts.Where(a => a.TenantId == tenant).Select(a => a.Email).SingleOrDefaultAsync(cancellationToken);
        if (email is not null)
            mailbox.Post(new Mail(email, string.Create(CultureInfo.InvariantCulture, $"{request.Percent} % of your {what} are used"),
                $"Your organisation has used {request.Percent} % of the {what} that its plan includes.\n\nUsage and plans: {links.To("/billing/usage")}\n"));
        return true;
    }
}

/// <summary>Uses by window.</summary>
public interface IUsageBook
{
    /// <summary>Remembers a warning in the open transaction; true for the first of that level.</summary>
    Task<bool> WarnAsync(TenantId tenant, string use, DateTimeOffset startsAt, int percent, CancellationToken cancellationToken);
}
