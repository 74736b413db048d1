using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>
/// Claims sign-up or daily credits for the tenant. They come from a platform account, which a tenant's session may not take
/// from, so it runs as the engine.
/// </summary>
/// <param name="Kind"><c>sign_up</c> or <c>daily</c>.</param>
[Requires(Permissions.BillingManage)]
public sealed record ClaimCredits(CreditKind Kind) : ICommand<CreditsGiven>, IAcrossTenants;

/// <summary>Credits that were given.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Amount">How much.</param>
/// <param name="ExpiresAt">When what is left of them goes back.</param>
public sealed record CreditsGiven(CreditKind Kind, Money Amount, DateTimeOffset ExpiresAt);

internal sealed class ClaimCreditsValidator : AbstractValidator<ClaimCredits>
{
    public ClaimCreditsValidator() => RuleFor(r => r.Kind).Must(kind => kind is CreditKind.SignUp or CreditKind.Daily).WithMessage("sign_up or daily; referral credits come by themselves.");
}

internal sealed class ClaimCreditsHandler(ILedgerDb db, ICreditGrants grants, PromotionSettings settings, IAudit audit, IOutbox outbox, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ClaimCredits, Result<CreditsGiven>>
{
    public async Task<Result<CreditsGiven>> Handle(ClaimCredits request, CancellationToken cancellationToken)
    {
        var (tenant, now, amount) = (current.Actor.RequiredTenant, clock.GetUtcNow(), settings.Of(request.Kind));
        if (amount.IsZero)
            return PromotionErrors.Off;
        if (await grants.FoundedAtAsync(tenant, cancellationToken) is not { } founded)
            return PromotionErrors.NotEntitled;
        var reference = request.Kind == CreditKind.SignUp ? "" : now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (request.Kind == CreditKind.SignUp && founded < now.AddDays(-settings.NewForDays))
            return PromotionErrors.NotEntitled;
        if (request.Kind == CreditKind.Daily
            && await db.CreditGrants.CountAsync(g => g.TenantId == tenant && g.Kind == CreditKind.Daily && g.Reference != reference, cancellationToken) >= settings.DailyAtMost)
            return PromotionErrors.NotEntitled;
        var given = new CreditsGiven(request.Kind, amount, now.AddDays(settings.ExpireAfterDays));
        if ((await grants.GrantAsync(tenant, request.Kind, reference, amount, given.ExpiresAt, current.Actor.Person, settings.Of(settings.MostADay), cancellationToken)).Error is { } refusal)
            return refusal;
        audit.Record("credits.claim", "tenant", tenant.Value, null, given, tenant);
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose = $"credits.{SnakeCase.Of(request.Kind.ToString())}", amount }, Audience.Of(tenant)));
        return given;
    }
}
