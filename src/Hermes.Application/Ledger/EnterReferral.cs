using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Says who brought this new organisation; both are rewarded when it has spent enough of its own money.</summary>
/// <param name="Code">The other organisation's code.</param>
[Requires(Permissions.BillingManage)]
public sealed record EnterReferral(string Code) : ICommand<Done>, IAcrossTenants;

internal sealed class EnterReferralHandler(ILedgerDb db, ICreditGrants grants, PromotionSettings settings, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<EnterReferral, Result<Done>>
{
    public async Task<Result<Done>> Handle(EnterReferral request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        if (settings.Referral == 0)
            return PromotionErrors.Off;
        if (await grants.FoundedAtAsync(tenant, cancellationToken) is not { } founded || founded < now.AddDays(-settings.NewForDays))
            return PromotionErrors.NotEntitled;
        if (await grants.FindByCodeAsync((request.Code ?? "").Trim().ToLowerInvariant(), cancellationToken) is not { } referrer || referrer == tenant || referrer == TenantId.Platform)
            return PromotionErrors.UnknownCode;
        if (await grants.ShareMembersAsync(tenant, referrer, cancellationToken))
            return PromotionErrors.SamePeople;
        if (await db.Referrals.AnyAsync(r => r.TenantId == tenant, cancellationToken))
            return PromotionErrors.Taken;
        db.Referrals.Add(Referral.Of(tenant, referrer, now));
        audit.Record("credits.referral", "tenant", tenant.Value, null, new { Referrer = referrer }, tenant);
        return Done.Ok;
    }
}
