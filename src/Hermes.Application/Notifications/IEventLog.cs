using System.Text.Json;
using Hermes.Domain.Shared;

namespace Hermes.Application.Notifications;

/// <summary>An event as it is read.</summary>
/// <param name="Id">Its position: later events have higher ones, some are missing for a reader that is not meant to hear them.</param>
/// <param name="Type">For instance <c>contract.updated</c>.</param>
/// <param name="At">When it was written.</param>
/// <param name="SubjectType">What it is about.</param>
/// <param name="SubjectId">Its id.</param>
/// <param name="Data">The payload.</param>
public sealed record EventView(long Id, string Type, DateTimeOffset At, string SubjectType, Guid SubjectId, JsonElement Data);

/// <summary>Who reads: what of the log is meant for it.</summary>
/// <param name="Tenant">Events of this tenant; null for visitors, who hear only what everyone hears.</param>
/// <param name="Agent">Events of this agent and announcements that it is eligible for, instead of the tenant's; null for people.</param>
/// <param name="NotAbout">Subjects that the reader lacks the permission for; empty for none.</param>
public sealed record EventReader(TenantId? Tenant, AgentId? Agent, IReadOnlyList<string> NotAbout);

/// <summary>The kept events (a week, where nothing else is configured).</summary>
public interface IEventLog
{
    /// <summary>Events after a position, in order.</summary>
    /// <param name="reader">Who reads.</param>
    /// <param name="after">The last position that the reader saw; 0 for all that is kept.</param>
    /// <param name="limit">Most events.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<IReadOnlyList<EventView>> ReadAsync(EventReader reader, long after, int limit, CancellationToken cancellationToken);
}
