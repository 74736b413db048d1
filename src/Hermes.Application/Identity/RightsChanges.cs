using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>Tells every node that a person's tokens or role in a tenant changed; this one knows it as soon as the change is committed.</summary>
public sealed class RightsChanges(IActors actors, IOutbox outbox, IUnitOfWork work)
{
    /// <summary>The event's type; its subject is the person.</summary>
    public const string Changed = "person.rights_changed";

    /// <summary>A token ended, a membership ended, or the role is another.</summary>
    public void Tell(TenantId tenant, PersonId person)
    {
        outbox.Add(new LiveEvent(Changed, "person", person.Value, tenant, new { }, new Audience([], [])));
        work.AfterCommit(() => actors.Forget(person));
    }
}
