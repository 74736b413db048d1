using System.Collections.Frozen;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Notifications;

/// <summary>Asks what the caller may hear on a stream of events.</summary>
[AllowsAnyone("visitors hear only what every page hears; the answer says what the caller may hear")]
public sealed record ListenToEvents : IQuery<EventReader>;

/// <summary>The permission that events about a subject need; events about anything else need a tenant only.</summary>
public static class EventRights
{
    private static readonly FrozenDictionary<string, string> Needed = new Dictionary<string, string>
    {
        ["contract"] = Permissions.ContractsRead,
        ["agent"] = Permissions.AgentsRead,
        ["call"] = Permissions.AgentsRead,
        ["wallet"] = Permissions.BillingView,
        ["purchase"] = Permissions.BillingView,
        ["payout"] = Permissions.BillingView,
        ["subscription"] = Permissions.BillingView,
        ["quota"] = Permissions.BillingView,
        ["audit"] = Permissions.AuditView,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What the actor may hear.</summary>
    public static EventReader Of(Actor actor) => actor.Kind == ActorKind.Agent
        ? new EventReader(actor.Tenant, actor.Agent, [])
        : new EventReader(actor.Tenant, null, [.. Needed.Where(n => !actor.Has(n.Value)).Select(n => n.Key)]);
}

internal sealed class ListenToEventsHandler(ICurrentActor current) : IRequestHandler<ListenToEvents, Result<EventReader>>
{
    public Task<Result<EventReader>> Handle(ListenToEvents request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<EventReader>>(EventRights.Of(current.Actor));
}
