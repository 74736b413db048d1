using Hermes.Application.Ledger;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Hermes.Application.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Grants by the database's own functions; what is asked of other tenants is read as the engine.</summary>
internal sealed class CreditGrants(HermesDbContext db, [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : ICreditGrants
{
    public async Task<Result<Done>> GrantAsync(
        TenantId tenant, CreditKind kind, string reference, Money amount, DateTimeOffset expiresAt, PersonId? claimedBy, Money mostADay, CancellationToken cancellationToken)
    {
        var outcome = (await db.Database.SqlQuery<string>($"""
            SELECT ledger.grant_credits({clock.Instant()}, {tenant.Value}, {SnakeCase.Of(kind.ToString())}, {reference}, {amount.Currency.Code}, {amount.MicroUnits}, {expiresAt.ToUniversalTime()},
                {claimedBy?.Value}::uuid, {mostADay.MicroUnits}) AS "Value"
            """).ToListAsync(cancellationToken))[0];
        return outcome switch
        {
            "granted" => Done.Ok,
            "exhausted" => PromotionErrors.Exhausted,
            _ => PromotionErrors.Taken,
        };
    }

    public async Task<IReadOnlyList<ExpiredCredits>> ExpireAsync(int limit, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<ExpiredRow>($"SELECT tenant_id AS \"TenantId\", grant_id AS \"GrantId\", currency, amount FROM ledger.expire_credits({clock.Instant()}, {limit})").ToListAsync(cancellationToken))
            .ConvertAll(row => new ExpiredCredits(new TenantId(row.TenantId), new CreditGrantId(row.GrantId), new Money(row.Amount, Currency.Parse(row.Currency))));

    public async Task<IReadOnlyList<(TenantId Referred, TenantId Referrer)>> ReferralsDueAsync(Money spent, int limit, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<ReferralRow>($"SELECT tenant_id AS \"TenantId\", referrer_tenant_id AS \"ReferrerTenantId\" FROM ledger.referrals_due({spent.Currency.Code}, {spent.MicroUnits}, {limit})").ToListAsync(cancellationToken))
            .ConvertAll(row => (new TenantId(row.TenantId), new TenantId(row.ReferrerTenantId)));

    public Task<DateTimeOffset?> FoundedAtAsync(TenantId tenant, CancellationToken cancellationToken) =>
        ReadAsync<DateTimeOffset?>("SELECT created_at FROM tenancy.tenants WHERE id = $1 AND status = 'active'", row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken, tenant.Value);

    public Task<TenantId?> FindByCodeAsync(string code, CancellationToken cancellationToken) =>
        ReadAsync<TenantId?>("SELECT id FROM tenancy.tenants WHERE slug = $1 AND status = 'active'", row => new TenantId(row.GetGuid(0)), cancellationToken, code);

    public Task<string?> CodeOfAsync(TenantId tenant, CancellationToken cancellationToken) =>
        ReadAsync("SELECT slug FROM tenancy.tenants WHERE id = $1", row => row.GetString(0), cancellationToken, tenant.Value);

    public Task<bool> ShareMembersAsync(TenantId one, TenantId other, CancellationToken cancellationToken) =>
        ReadAsync("SELECT true FROM identity.members a JOIN identity.members b USING (person_id) WHERE a.tenant_id = $1 AND b.tenant_id = $2 LIMIT 1", _ => true, cancellationToken, one.Value, other.Value);

    private async Task<T?> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = engine.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? read(row) : default;
    }

    private sealed record ExpiredRow(Guid TenantId, Guid GrantId, string Currency, long Amount);

    private sealed record ReferralRow(Guid TenantId, Guid ReferrerTenantId);
}
