using Hermes.Application.Agents.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>Reads as an engine, on a connection of its own: it answers across tenants, whoever acts.</summary>
internal sealed class AgentDirectory([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : IAgents
{
    public async Task<AgentListing?> FindAsync(AgentId id, CancellationToken cancellationToken) =>
        (await FindAsync([id], cancellationToken)).GetValueOrDefault(id);

    public async Task<IReadOnlyDictionary<AgentId, AgentListing>> FindAsync(IReadOnlyCollection<AgentId> ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<AgentId, AgentListing>(ids.Count);
        if (ids.Count == 0)
            return found;
        await using var command = engine.CreateCommand(
            "SELECT id, tenant_id, name, capabilities, status = 'active' AND listing <> 'delisted', capacity, visibility = 'public' FROM agents.agents WHERE id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids.Select(i => i.Value)] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = new AgentId(reader.GetGuid(0));
            found[id] = new AgentListing(id, new TenantId(reader.GetGuid(1)), reader.GetString(2), reader.GetFieldValue<string[]>(3),
                reader.GetBoolean(4), reader.GetInt32(5), reader.GetBoolean(6));
        }
        return found;
    }
}
