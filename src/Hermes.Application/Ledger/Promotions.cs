using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger;

/// <summary>What the database does and knows for promotional credits.</summary>
public interface ICreditGrants
{
    /// <summary>Gives credits once for the tenant, kind and reference, in the open transaction of an engine. Errors: <see cref="PromotionErrors.Taken"/>, <see cref="PromotionErrors.Exhausted"/>.</summary>
    Task<Result<Done>> GrantAsync(TenantId tenant, CreditKind kind, string reference, Money amount, DateTimeOffset expiresAt, PersonId? claimedBy, Money mostADay, CancellationToken cancellationToken);

    /// <summary>Takes back what is left of expired grants, at most so many at once.</summary>
    Task<IReadOnlyList<ExpiredCredits>> ExpireAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Referred organisations that have spent enough, with who brought them.</summary>
    Task<IReadOnlyList<(TenantId Referred, TenantId Referrer)>> ReferralsDueAsync(Money spent, int limit, CancellationToken cancellationToken);

    /// <summary>When a tenant was founded; null when there is none or it is not active.</summary>
    Task<DateTimeOffset?> FoundedAtAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>The tenant of a referral code, which is its slug; null when there is none.</summary>
    Task<TenantId?> FindByCodeAsync(string code, CancellationToken cancellationToken);

    /// <summary>A tenant's referral code; null when there is no such tenant.</summary>
    Task<string?> CodeOfAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>True when somebody is a member of both.</summary>
    Task<bool> ShareMembersAsync(TenantId one, TenantId other, CancellationToken cancellationToken);
}

/// <summary>What went back of a grant.</summary>
/// <param name="TenantId">Whose.</param>
/// <param name="Grant">Which grant.</param>
/// <param name="Amount">What was left of it; zero when all had been spent.</param>
public sealed record ExpiredCredits(TenantId TenantId, CreditGrantId Grant, Money Amount);

/// <summary>The settings as money.</summary>
internal static class PromotionAmounts
{
    public static Money Of(this PromotionSettings settings, decimal units) => Money.Of(units, Currency.Parse(settings.Currency));

    public static Money Of(this PromotionSettings settings, CreditKind kind) => settings.Of(kind switch
    {
        CreditKind.SignUp => settings.SignUp,
        CreditKind.Daily => settings.Daily,
        _ => settings.Referral,
    });
}
