using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Takes back what is left of expired credits and rewards referrals that are due, up to a hundred of each.</summary>
[RequiresSystem]
public sealed record TendCredits : ICommand<CreditsTended>;

/// <summary>What was done.</summary>
/// <param name="Expired">Grants that expired.</param>
/// <param name="Rewarded">Referrals that were rewarded.</param>
public sealed record CreditsTended(int Expired, int Rewarded);

internal sealed class TendCreditsHandler(ILedgerDb db, ICreditGrants grants, PromotionSettings settings, IOutbox outbox, TimeProvider clock) : IRequestHandler<TendCredits, Result<CreditsTended>>
{
    private const int AtOnce = 100;

    public async Task<Result<CreditsTended>> Handle(TendCredits request, CancellationToken cancellationToken)
    {
        var expired = await grants.ExpireAsync(AtOnce, cancellationToken);
        foreach (var credits in expired.Where(credits => !credits.Amount.IsZero))
            Tell(credits.TenantId, "credits.expire", credits.Amount);
        return new CreditsTended(expired.Count, await RewardAsync(cancellationToken));
    }

    private async Task<int> RewardAsync(CancellationToken cancellationToken)
    {
        var amount = settings.Of(CreditKind.Referral);
        if (amount.IsZero)
            return 0;
        var (now, rewarded) = (clock.GetUtcNow(), 0);
        var (month, most) = (new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero), settings.Of(settings.MostADay));
        foreach (var (referred, referrer) in await grants.ReferralsDueAsync(settings.Of(settings.ReferralSpend), AtOnce, cancellationToken))
        {
            var referral = await db.Referrals.SingleAsync(r => r.TenantId == referred, cancellationToken);
            // The referred side first; a referrer that has had its month gets nothing more.
            if ((await grants.GrantAsync(referred, CreditKind.Referral, referrer.ToString(), amount, now.AddDays(settings.ExpireAfterDays), null, most, cancellationToken)).Error is { } refusal && refusal != PromotionErrors.Taken)
                break;
            Tell(referred, "credits.referral", amount);
            var reward = await db.CreditGrants.CountAsync(g => g.TenantId == referrer && g.Kind == CreditKind.Referral && g.GrantedAt >= month, cancellationToken) < settings.ReferralsAMonth;
            if (reward && (await grants.GrantAsync(referrer, CreditKind.Referral, referred.ToString(), amount, now.AddDays(settings.ExpireAfterDays), null, most, cancellationToken)).Succeeded)
                Tell(referrer, "credits.referral", amount);
            referral.Reward(now);
            rewarded++;
        }
        return rewarded;
    }

    private void Tell(TenantId tenant, string purpose, Money amount) =>
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose, amount }, Audience.Of(tenant)));
}
