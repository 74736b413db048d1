using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's promotional credits: what it has of which grant, and what it can claim now.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetPromotions : IQuery<PromotionsView>;

/// <summary>Promotional credits of a tenant.</summary>
/// <param name="Grants">The latest hundred, the newest first.</param>
/// <param name="Claimable">What can be claimed now.</param>
/// <param name="ReferralCode">What others say when this organisation brought them; null where referrals are not rewarded.</param>
/// <param name="ReferralReward">What both sides get; null where referrals are not rewarded.</param>
/// <param name="MaySayWhoReferred">True while the organisation is new and has not said who brought it.</param>
public sealed record PromotionsView(IReadOnlyList<CreditGrantView> Grants, IReadOnlyList<CreditOffer> Claimable, string? ReferralCode, Money? ReferralReward, bool MaySayWhoReferred);

/// <summary>Credits that can be claimed.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Amount">How much.</param>
public sealed record CreditOffer(CreditKind Kind, Money Amount);

/// <summary>A grant.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Why.</param>
/// <param name="Amount">How much it was.</param>
/// <param name="Left">What is left of it: the oldest credits are spent first.</param>
/// <param name="GrantedAt">When.</param>
/// <param name="ExpiresAt">When what is left goes back.</param>
/// <param name="Expired">What went back; null before.</param>
public sealed record CreditGrantView(CreditGrantId Id, CreditKind Kind, Money Amount, Money Left, DateTimeOffset GrantedAt, DateTimeOffset ExpiresAt, Money? Expired);

internal sealed class GetPromotionsHandler(ILedgerDb db, ICreditGrants grants, PromotionSettings settings, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetPromotions, Result<PromotionsView>>
{
    public async Task<Result<PromotionsView>> Handle(GetPromotions request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        var rows = await db.CreditGrants.AsNoTracking().Where(g => g.TenantId == tenant).OrderByDescending(g => g.GrantedAt).ThenByDescending(g => g.Id).Take(Paging.MaxLimit).ToListAsync(cancellationToken);
        var left = await db.LedgerAccounts.AsNoTracking().Where(a => a.OwnerId == tenant.Value && a.TenantId == tenant && a.Kind == AccountKind.Promotional)
            .ToDictionaryAsync(a => a.Currency, a => a.Balance, cancellationToken);
        var views = new List<CreditGrantView>(rows.Count);
        foreach (var grant in rows)
        {
            var rest = grant.ExpiredAt is null ? Math.Min(grant.Amount, left.GetValueOrDefault(grant.Currency)) : 0;
            if (rest > 0)
                left[grant.Currency] -= rest;
            views.Add(new CreditGrantView(grant.Id, grant.Kind, new Money(grant.Amount, grant.Currency), new Money(rest, grant.Currency), grant.GrantedAt, grant.ExpiresAt,
                grant.ExpiredAt is null ? null : new Money(grant.ExpiredAmount, grant.Currency)));
        }
        var founded = await grants.FoundedAtAsync(tenant, cancellationToken);
        var isNew = founded >= now.AddDays(-settings.NewForDays);
        var day = now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var claimable = new List<CreditOffer>();
        if (settings.SignUp > 0 && isNew && rows.All(g => g.Kind != CreditKind.SignUp))
            claimable.Add(new CreditOffer(CreditKind.SignUp, settings.Of(CreditKind.SignUp)));
        if (settings.Daily > 0 && founded is not null && rows.All(g => g.Kind != CreditKind.Daily || g.Reference != day) && rows.Count(g => g.Kind == CreditKind.Daily) < settings.DailyAtMost)
            claimable.Add(new CreditOffer(CreditKind.Daily, settings.Of(CreditKind.Daily)));
        var referrals = settings.Referral > 0;
        return new PromotionsView(views, claimable, referrals ? await grants.CodeOfAsync(tenant, cancellationToken) : null, referrals ? settings.Of(CreditKind.Referral) : null,
            referrals && isNew && !await db.Referrals.AsNoTracking().AnyAsync(r => r.TenantId == tenant, cancellationToken));
    }
}
