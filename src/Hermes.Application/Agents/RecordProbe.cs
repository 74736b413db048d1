using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Keeps what a probe found, and moves the agent on or off the list.</summary>
/// <param name="Due">Whose turn it was.</param>
/// <param name="At">When the probe began.</param>
/// <param name="Outcome">What it found.</param>
[RequiresSystem]
public sealed record RecordProbe(DueProbe Due, DateTimeOffset At, ProbeOutcome Outcome) : ICommand<RecordedProbe>;

/// <summary>What came of it.</summary>
/// <param name="Probe">The kept proof.</param>
/// <param name="Change">What changed of the listing.</param>
public sealed record RecordedProbe(ProbeId Probe, ListingChange Change);

internal sealed class RecordProbeHandler(IAgentsDb db, IAgentOwners owners, IMailbox mailbox, IPublicLinks links, IAudit audit, IOutbox outbox, TimeProvider clock) : IRequestHandler<RecordProbe, Result<RecordedProbe>>
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public async Task<Result<RecordedProbe>> Handle(RecordProbe request, CancellationToken cancellationToken)
    {
        var (due, outcome, now) = (request.Due, request.Outcome, clock.GetUtcNow());
        var schedule = await db.ProbeSchedules.SingleOrDefaultAsync(s => s.AgentId == due.Agent, cancellationToken);
        var agent = await db.Agents.SingleOrDefaultAsync(a => a.Id == due.Agent && a.TenantId == due.Tenant, cancellationToken);
        if (schedule is null || agent is null || schedule.Lease != due.Lease)
            return AgentErrors.ProbeOutdated;

        var wasSilent = schedule.FailuresInRow >= ProbeSchedule.FailuresToDelist;
        schedule.Take(outcome.Failure is null, Random.Shared.NextDouble(), clock);
        var before = agent.Listing;
        var change = agent.TakeProbe(schedule.FailuresInRow);
        var probe = AgentProbe.Of(agent, due.Endpoint?.OriginalString ?? AgentProbe.Socket, request.At, outcome.Steps, outcome.Failure, outcome.Card?.Card.Version, clock);
        db.Probes.Add(probe);
        if (outcome.Card is { } card)
            await KeepAsync(agent, card.Card.Version, card.Json, card.Url, now, cancellationToken);
        await db.Probes.Where(p => p.AgentId == agent.Id && p.At < now - Kept).ExecuteDeleteAsync(cancellationToken);

        outbox.Add(AgentEvents.ProbeOf(agent, probe));
        if (change != ListingChange.None)
        {
            var why = outcome.Failure is null ? null : outcome.Steps[^1].Said;
            audit.Record("agent.listing", "agent", agent.Id.Value, new { Listing = before }, new { agent.Listing, probe.Failure, Why = why }, agent.TenantId);
            outbox.Add(AgentEvents.ListingOf(agent, change, why));
            if (change is ListingChange.Delisted or ListingChange.Restored)
                await WriteAsync(agent, change, why, cancellationToken);
        }
        // One without endpoint stays listed, since contracts need no calls: only its owner is told, once.
        else if (agent.Endpoint is null && schedule is { PassedAt: not null, FailuresInRow: >= ProbeSchedule.FailuresToDelist } && !wasSilent)
        {
            foreach (var owner in await owners.OfAsync(agent.TenantId, cancellationToken))
                mailbox.Post(AgentMails.Silent(owner, agent, links));
        }
        await db.SaveChangesAsync(cancellationToken);
        return new RecordedProbe(probe.Id, change);
    }

    private async Task WriteAsync(Agent agent, ListingChange change, string? why, CancellationToken cancellationToken)
    {
        foreach (var owner in await owners.OfAsync(agent.TenantId, cancellationToken))
            mailbox.Post(change == ListingChange.Delisted ? AgentMails.Delisted(owner, agent, why, links) : AgentMails.Restored(owner, agent, links));
    }

    private async Task KeepAsync(Agent agent, string version, string json, Uri url, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(json));
        var kept = await db.Cards.SingleOrDefaultAsync(c => c.AgentId == agent.Id && c.Hash == hash, cancellationToken);
        if (kept is null)
            db.Cards.Add(KeptCard.Of(agent, hash, version, json, url.AbsoluteUri, agent.Endpoint!, now));
        else
            kept.SeeAgain(url.AbsoluteUri, agent.Endpoint!, now);
    }
}
