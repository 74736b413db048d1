using System.Globalization;
using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The wallet's statement of a calendar month (UTC) in one currency: what was there, what came and went, what is there.</summary>
/// <param name="Month"><c>2026-11</c>.</param>
/// <param name="Currency">A code; null for the installation's own.</param>
[Requires(Permissions.BillingView)]
public sealed record GetStatement(string Month, string? Currency = null) : IQuery<StatementView>;

/// <summary>A month's statement. For each account: opening + in − out = closing.</summary>
/// <param name="Month"><c>2026-11</c>.</param>
/// <param name="From">Its first instant.</param>
/// <param name="To">The first instant after it.</param>
/// <param name="IsClosed">False while the month runs, so that more may come.</param>
/// <param name="Currency">A code.</param>
/// <param name="Accounts">The wallet's accounts: available, promotional, earnings; those that were never posted to are left out.</param>
/// <param name="Purposes">What moved them, by account and purpose.</param>
public sealed record StatementView(
    string Month, DateTimeOffset From, DateTimeOffset To, bool IsClosed, string Currency, IReadOnlyList<StatementAccount> Accounts, IReadOnlyList<StatementPurpose> Purposes);

/// <summary>An account in a statement.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Opening">Its balance before the month's first entry.</param>
/// <param name="In">The sum of what came.</param>
/// <param name="Out">The sum of what went, positive.</param>
/// <param name="Closing">Its balance after the month's last entry.</param>
/// <param name="Entries">How many entries.</param>
public sealed record StatementAccount(AccountKind Kind, Money Opening, Money In, Money Out, Money Closing, long Entries);

/// <summary>What moved an account for one purpose.</summary>
/// <param name="Kind">The account.</param>
/// <param name="Purpose">The purpose: <c>contract.hold</c>.</param>
/// <param name="In">The sum of what came.</param>
/// <param name="Out">The sum of what went, positive.</param>
/// <param name="Entries">How many entries.</param>
public sealed record StatementPurpose(AccountKind Kind, string Purpose, Money In, Money Out, long Entries);

internal sealed class GetStatementValidator : AbstractValidator<GetStatement>
{
    public GetStatementValidator()
    {
        RuleFor(r => r.Month).Must(month => Months.TryParse(month, out _)).WithMessage("A month such as 2026-11.");
        RuleFor(r => r.Currency).Must(code => code is null || Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
    }
}

/// <summary>Calendar months of UTC.</summary>
internal static class Months
{
    public static bool TryParse(string? text, out DateTimeOffset start) =>
        DateTimeOffset.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out start) && start.Year is >= 2000 and < 9000;

    public static string Name(DateTimeOffset start) => start.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    public static DateTimeOffset Of(DateTimeOffset at) => new(at.UtcDateTime.Year, at.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);
}

/// <summary>An account's month is a range of its entries' numbers, found by two searches; only that range is read.</summary>
internal sealed class GetStatementHandler(ILedgerDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetStatement, Result<StatementView>>
{
    public async Task<Result<StatementView>> Handle(GetStatement request, CancellationToken cancellationToken)
    {
        _ = Months.TryParse(request.Month, out var from);
        var to = from.AddMonths(1);
        if (from < await db.ArchivedBeforeAsync(cancellationToken))
            return WalletErrors.MonthArchived;
        var (tenant, currency) = (current.Actor.RequiredTenant, request.Currency is null ? Currency.Usd : Currency.Parse(request.Currency));
        var accounts = await db.LedgerAccounts.AsNoTracking()
            .Where(a => a.OwnerId == tenant.Value && a.TenantId == tenant && WalletKinds.All.Contains(a.Kind) && a.Currency == currency).ToListAsync(cancellationToken);
        Money Of(long micro) => new(micro, currency);
        var (lines, purposes) = (new List<StatementAccount>(), new List<StatementPurpose>());
        foreach (var account in accounts.OrderBy(a => a.Kind))
        {
            var balances = await db.BalancesBeforeAsync(account, [from, to], cancellationToken);
            var (first, last) = (await db.SeqBeforeAsync(account, from, cancellationToken) + 1, await db.SeqBeforeAsync(account, to, cancellationToken));
            var sums = first > last ? [] : await db.LedgerEntries.AsNoTracking()
                .Where(e => e.AccountId == account.Id && e.Seq >= first && e.Seq <= last)
                .GroupBy(e => e.Purpose)
                .Select(g => new { Purpose = g.Key, In = g.Sum(e => e.Amount > 0 ? e.Amount : 0), Out = g.Sum(e => e.Amount < 0 ? e.Amount : 0), Count = g.LongCount() })
                .ToListAsync(cancellationToken);
            purposes.AddRange(sums.OrderBy(s => s.Purpose, StringComparer.Ordinal).Select(s => new StatementPurpose(account.Kind, s.Purpose, Of(s.In), Of(-s.Out), s.Count)));
            lines.Add(new StatementAccount(account.Kind, Of(balances[0]), Of(sums.Sum(s => s.In)), Of(-sums.Sum(s => s.Out)), Of(balances[1]), sums.Sum(s => s.Count)));
        }
        return new StatementView(request.Month, from, to, clock.GetUtcNow() >= to, currency.Code, lines, purposes);
    }
}
