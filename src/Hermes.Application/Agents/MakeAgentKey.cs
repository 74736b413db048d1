using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>
/// Makes a new key. With <paramref name="OverlapHours"/> it replaces the agent's other keys: they live on for so many
/// hours, so that the agent can be given the new one without a pause.
/// </summary>
/// <param name="Agent">The agent.</param>
/// <param name="OverlapHours">0–720 hours; null to add a key and leave the others.</param>
/// <param name="Scopes">Null or empty for all that an agent may do.</param>
/// <param name="ExpiresInDays">1–3,650; null for a key that doesn't end by itself.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record MakeAgentKey(AgentId Agent, int? OverlapHours = null, IReadOnlyList<string>? Scopes = null, int? ExpiresInDays = null) : ICommand<MadeAgentKey>;

/// <summary>A new key, shown this once.</summary>
/// <param name="Key">The whole key, <c>hk_…</c>.</param>
/// <param name="Details">What is kept of it.</param>
public sealed record MadeAgentKey(string Key, AgentKeyView Details);

internal sealed class MakeAgentKeyValidator : AbstractValidator<MakeAgentKey>
{
    public MakeAgentKeyValidator()
    {
        RuleFor(r => r.OverlapHours).InclusiveBetween(0, (int)AgentKey.MaxOverlap.TotalHours);
        RuleFor(r => r.ExpiresInDays).InclusiveBetween(1, 3_650);
    }
}

internal sealed class MakeAgentKeyHandler(IAgentsDb db, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<MakeAgentKey, Result<MadeAgentKey>>
{
    private const int MostLiveKeys = 20;

    public async Task<Result<MadeAgentKey>> Handle(MakeAgentKey request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var now = clock.GetUtcNow();
        var agent = await db.Agents.SingleOrDefaultAsync(a => a.Id == request.Agent && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        var live = await db.AgentKeys
            .Where(k => k.AgentId == agent.Id && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now))
            .ToListAsync(cancellationToken);
        if (live.Count >= MostLiveKeys)
            return AgentErrors.TooManyKeys;
        var made = AgentKey.Make(agent, request.Scopes, request.ExpiresInDays is { } days ? now.AddDays(days) : null, clock);
        if (made.Error is { } refusal)
            return refusal;
        var (key, text) = made.Value;
        db.AgentKeys.Add(key);
        if (request.OverlapHours is { } hours)
        {
            foreach (var old in live)
            {
                old.EndAfter(TimeSpan.FromHours(hours), clock);
                // Nodes keep a key's end in memory; the event makes them read it anew.
                outbox.Add(AgentEvents.Revoked(old));
            }
        }
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.key_make", "agent", agent.Id.Value, null, new { KeyId = key.Id, key.Prefix, key.Scopes, key.ExpiresAt, request.OverlapHours });
        return new MadeAgentKey(text, AgentKeyView.Of(key, now));
    }
}
