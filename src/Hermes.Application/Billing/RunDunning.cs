using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Tells every tenant whose payment is overdue, once for each step: that the payment failed, that the free plan's numbers
/// hold now, that only reading and paying is left. The steps themselves follow from the time alone.
/// </summary>
[RequiresSystem]
public sealed record RunDunning : ICommand<int>;

internal sealed class RunDunningHandler(IBillingDb db, PlansSettings settings, IOutbox outbox, IAudit audit, IMailbox mailbox, IPublicLinks links, TimeProvider clock) : IRequestHandler<RunDunning, Result<int>>
{
    private const int Most = 200;

    public async Task<Result<int>> Handle(RunDunning request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (limited, suspended) = (now.AddDays(-settings.GraceDays), now.AddDays(-settings.SuspendAfterDays));
        var overdue = await db.Subscriptions.Where(s => s.PastDueSince != null && (s.ToldStanding < 1 || (s.ToldStanding < 2 && s.PastDueSince <= limited) || (s.ToldStanding < 3 && s.PastDueSince <= suspended)))
            .OrderBy(s => s.PastDueSince).Take(Most).ToListAsync(cancellationToken);
        foreach (var subscription in overdue)
        {
            var standing = subscription.PastDueSince <= suspended ? PlanStanding.Suspended : subscription.PastDueSince <= limited ? PlanStanding.Limited : PlanStanding.Grace;
            subscription.Told((int)standing);
            var tenant = subscription.TenantId;
            audit.Record("subscription.overdue", "subscription", tenant.Value, null, new { standing, since = subscription.PastDueSince }, tenant);
            outbox.Add(new LiveEvent("subscription.overdue", "subscription", tenant.Value, tenant, new { standing }, Audience.Of(tenant)));
            if (await db.BillingAccounts.Where(a => a.TenantId == tenant).Select(a => a.Email).SingleOrDefaultAsync(cancellationToken) is { } email)
                mailbox.Post(new Mail(email, "A payment for your plan failed", standing switch
                {
                    PlanStanding.Grace => string.Create(CultureInfo.InvariantCulture, $"A payment for your {subscription.Plan} plan failed. Everything works for {settings.GraceDays} days more."),
                    PlanStanding.Limited => "A payment for your plan is still open: until it is paid you have what the free plan allows.",
                    _ => "A payment for your plan is still open: until it is paid you can read and pay only.",
                } + $"\n\nPay or change the card: {links.To("/billing")}\n"));
        }
        return overdue.Count;
    }
}
