using Hermes.Application.Billing;
using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Billing;

internal sealed class Earnings(HermesDbContext db, ILedger ledger) : IEarnings
{
    public async Task<IReadOnlyList<Money>> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var codes = await db.Database.SqlQuery<string>(
            $"""SELECT currency::text AS "Value" FROM ledger.accounts WHERE owner_id = {tenant.Value} AND kind = 'earnings' AND balance > 0 ORDER BY currency""").ToListAsync(cancellationToken);
        var earned = new List<Money>();
        foreach (var code in codes)
            earned.Add(await ledger.BalanceAsync(AccountRef.Earnings(tenant, Currency.Parse(code)), cancellationToken));
        return earned;
    }

    public Task LockAsync(TenantId tenant, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({$"payouts:{tenant}"}, 0))", cancellationToken);
}
