using System.Text;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>From the card that the last probe kept: a call fetches none.</summary>
internal sealed class CallTargets([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ICallCredentials credentials) : ICallTargets
{
    public async Task<EndpointTarget?> FindAsync(AgentId id, CancellationToken cancellationToken)
    {
        if (await ReadAsync(id, cancellationToken) is not var (listed, endpoint, json))
            return null;
        if (endpoint is null || Read(json) is not { } card)
            return new EndpointTarget(id, listed, null, null);
        return CardRules.Interface(card) is { } at
            ? new EndpointTarget(id, listed, card, await credentials.TargetAsync(id, new Uri(endpoint), card, at, cancellationToken))
            : new EndpointTarget(id, listed, card, null);
    }

    public async Task<AgentCard?> CardOfAsync(AgentId id, CancellationToken cancellationToken) =>
        await ReadAsync(id, cancellationToken) is { Endpoint: not null } found ? Read(found.Card) : null;

    public bool Renew(AgentId id) => credentials.Forget(id);

    private static AgentCard? Read(string? json)
    {
        try
        {
            return json is null ? null : A2AJson.Read<AgentCard>(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException)
        {
            // Kept by a former version of Hermes that took what this one doesn't; the next probe says so.
            return null;
        }
    }

    private async Task<(bool Listed, string? Endpoint, string? Card)?> ReadAsync(AgentId id, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT a.listing = 'listed' AND a.status <> 'retired', a.endpoint,
                (SELECT c.json FROM agents.cards c WHERE c.agent_id = a.id AND c.endpoint = a.endpoint ORDER BY c.last_seen_at DESC LIMIT 1)
            FROM agents.agents a WHERE a.id = $1
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id.Value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        return (row.GetBoolean(0), await row.IsDBNullAsync(1, cancellationToken) ? null : row.GetString(1), await row.IsDBNullAsync(2, cancellationToken) ? null : row.GetString(2));
    }
}
