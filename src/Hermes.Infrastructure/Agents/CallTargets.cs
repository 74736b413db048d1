using System.Collections.Concurrent;
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

/// <summary>From the card that the last probe kept; only an agent that was never probed is asked for one by a call.</summary>
internal sealed class CallTargets([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ICallCredentials credentials, IAgentCardReader cards, TimeProvider clock) : ICallTargets
{
    private static readonly TimeSpan CardLife = TimeSpan.FromMinutes(5);

    // By agent and endpoint: what one agent's certificate opens is not shown to another.
    private readonly ConcurrentDictionary<(AgentId, string), (FetchedCard Card, DateTimeOffset At)> _cards = new();

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

    public async Task<EndpointTarget?> FetchAsync(AgentId id, CancellationToken cancellationToken)
    {
        if (await ReadAsync(id, cancellationToken) is not (var listed, { } endpoint, _))
            return null;
        var (at, now) = (new Uri(endpoint), clock.GetUtcNow());
        if (!_cards.TryGetValue((id, endpoint), out var known) || now - known.At > CardLife)
        {
            known = (await cards.ReadAsync(at, await credentials.CertificateAsync(id, cancellationToken), cancellationToken), now);
            if (_cards.Count > 10_000)
                _cards.Clear();
            _cards[(id, endpoint)] = known;
        }
        return new EndpointTarget(id, listed, known.Card.Card, await credentials.TargetAsync(id, at, known.Card.Card, known.Card.Interface, cancellationToken));
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
