using System.Collections.Concurrent;
using Hermes.Application.Calls.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// Rules by caller, read as an engine when a caller first asks and kept until an event says that they changed. What was read
/// while such an event came is used once and not kept: it may be from before the change.
/// </summary>
internal sealed class CallAccess([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IEventFeed feed) : ICallAccess, IEventObserver
{
    private const int Most = 20_000;
    private readonly ConcurrentDictionary<(TenantId?, AgentId?), CallerAccess> _kept = new();
    private int _changes;

    public async ValueTask<CallerAccess> OfAsync(TenantId? tenant, AgentId? agent, CancellationToken cancellationToken)
    {
        if (tenant is null && agent is null)
            return CallerAccess.Visitor;
        if (_kept.TryGetValue((tenant, agent), out var known))
            return known;
        var changes = Volatile.Read(ref _changes);
        await using var command = engine.CreateCommand("SELECT tenant_id, agent_id, effect = 'allow' FROM calls.access_rules WHERE caller_tenant_id = $1 OR caller_agent_id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant?.Value ?? Guid.Empty });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = agent?.Value ?? Guid.Empty });
        var rules = new List<(TenantId, AgentId?, bool)>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
                rules.Add((new TenantId(row.GetGuid(0)), await row.IsDBNullAsync(1, cancellationToken) ? null : new AgentId(row.GetGuid(1)), row.GetBoolean(2)));
        }
        var access = new CallerAccess(tenant, rules);
        // Before the node follows the log it would not hear of changes.
        if (!feed.Started.IsCompletedSuccessfully)
            return access;
        if (_kept.Count >= Most)
            _kept.Clear();
        _kept[(tenant, agent)] = access;
        if (Volatile.Read(ref _changes) != changes)
            _kept.TryRemove((tenant, agent), out _);
        return access;
    }

    public void Forget(TenantId? tenant, AgentId? agent)
    {
        Interlocked.Increment(ref _changes);
        foreach (var caller in _kept.Keys)
        {
            if ((tenant is not null && caller.Item1 == tenant) || (agent is not null && caller.Item2 == agent))
                _kept.TryRemove(caller, out _);
        }
    }

    public void Seen(LiveFrame frame)
    {
        if (frame.Type == AccessEvents.RulesChanged)
            Forget(new TenantId(frame.SubjectId), new AgentId(frame.SubjectId));
    }
}
