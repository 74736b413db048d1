using Hermes.Application.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Billing;

internal sealed class QuotaCounts([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : IQuotaCounts
{
    public async Task<(int Seats, int Agents)> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT (SELECT count(*) FROM identity.members WHERE tenant_id = $1)
                 + (SELECT count(*) FROM identity.invitations WHERE tenant_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2),
                   (SELECT count(*) FROM agents.agents WHERE tenant_id = $1 AND status <> 'retired')
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return ((int)row.GetInt64(0), (int)row.GetInt64(1));
    }
}
