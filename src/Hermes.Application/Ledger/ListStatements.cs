using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The months and currencies in which the wallet had a balance or moved, latest first, at most ten years of them.</summary>
[Requires(Permissions.BillingView)]
public sealed record ListStatements : IQuery<IReadOnlyList<StatementRow>>;

/// <summary>A month that has a statement.</summary>
/// <param name="Month"><c>2026-11</c>.</param>
/// <param name="Currency">A code.</param>
/// <param name="Closing">What was available at its end, or is now.</param>
/// <param name="IsClosed">False while the month runs.</param>
public sealed record StatementRow(string Month, string Currency, Money Closing, bool IsClosed);

internal sealed class ListStatementsHandler(ILedgerDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<ListStatements, Result<IReadOnlyList<StatementRow>>>
{
    private const int Most = 120;

    public async Task<Result<IReadOnlyList<StatementRow>>> Handle(ListStatements request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        var accounts = await db.LedgerAccounts.AsNoTracking()
            .Where(a => a.OwnerId == tenant.Value && a.TenantId == tenant && WalletKinds.All.Contains(a.Kind)).ToListAsync(cancellationToken);
        var archived = await db.ArchivedBeforeAsync(cancellationToken) ?? DateTimeOffset.MinValue;
        var rows = new List<StatementRow>();
        foreach (var group in accounts.GroupBy(a => a.Currency))
        {
            var months = new List<DateTimeOffset>();
            for (var month = Months.Of(now); month >= Months.Of(group.Min(a => a.OpenedAt)) && month >= archived && months.Count < Most; month = month.AddMonths(-1))
                months.Add(month);
            var balances = group.SingleOrDefault(a => a.Kind == Hermes.Domain.Ledger.Public.AccountKind.Available) is { } available
                ? await db.BalancesBeforeAsync(available, [.. months.Select(m => m.AddMonths(1))], cancellationToken)
                : new long[months.Count];
            rows.AddRange(months.Select((m, i) => new StatementRow(Months.Name(m), group.Key.Code, new Money(balances[i], group.Key), now >= m.AddMonths(1))));
        }
        return rows.OrderByDescending(r => r.Month, StringComparer.Ordinal).ThenBy(r => r.Currency, StringComparer.Ordinal).ToList();
    }
}
