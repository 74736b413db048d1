using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The available balance at the end of each of the last days (UTC); the last point is now.</summary>
/// <param name="Days">How many, 1–366.</param>
/// <param name="Currency">A code; null for the installation's own.</param>
[Requires(Permissions.BillingView)]
public sealed record GetBalanceHistory(int Days = 30, string? Currency = null) : IQuery<IReadOnlyList<BalancePoint>>;

/// <summary>A balance at the end of a day.</summary>
/// <param name="On">The day, UTC.</param>
/// <param name="Available">What was available.</param>
public sealed record BalancePoint(DateOnly On, Money Available);

internal sealed class GetBalanceHistoryValidator : AbstractValidator<GetBalanceHistory>
{
    public GetBalanceHistoryValidator()
    {
        RuleFor(r => r.Days).InclusiveBetween(1, 366);
        RuleFor(r => r.Currency).Must(code => code is null || Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
    }
}

internal sealed class GetBalanceHistoryHandler(ILedgerDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetBalanceHistory, Result<IReadOnlyList<BalancePoint>>>
{
    public async Task<Result<IReadOnlyList<BalancePoint>>> Handle(GetBalanceHistory request, CancellationToken cancellationToken)
    {
        var currency = request.Currency is null ? Currency.Usd : Currency.Parse(request.Currency);
        var tenant = current.Actor.RequiredTenant;
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        DateOnly[] days = [.. Enumerable.Range(0, request.Days).Select(i => today.AddDays(i + 1 - request.Days))];
        var account = await db.LedgerAccounts.AsNoTracking()
            .SingleOrDefaultAsync(a => a.OwnerId == tenant.Value && a.TenantId == tenant && a.Kind == AccountKind.Available && a.Currency == currency, cancellationToken);
        IReadOnlyList<long> balances = account is null
            ? new long[days.Length]
            : await db.BalancesBeforeAsync(account, [.. days.Select(day => new DateTimeOffset(day.AddDays(1).ToDateTime(default), TimeSpan.Zero))], cancellationToken);
        return days.Select((day, i) => new BalancePoint(day, new Money(balances[i], currency))).ToList();
    }
}
