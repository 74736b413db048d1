using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Identity.Public;

/// <summary>Who acts by a credential that was shown.</summary>
/// <param name="Actor">The actor, with tenant and permissions; without tenant when none is chosen or the chosen one refuses.</param>
/// <param name="Refusal">Why the tenant refuses (suspended); null when it does not.</param>
public sealed record Recognised(Actor Actor, Error? Refusal);

/// <summary>Makes actors of credentials, before a tenant is known.</summary>
public interface IActors
{
    /// <summary>The person of a session; null when the account is gone or its stamp has changed.</summary>
    /// <param name="person">The signed-in person.</param>
    /// <param name="stamp">The session's security stamp.</param>
    /// <param name="tenant">The tenant chosen in the session; null when none is.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    Task<Recognised?> OfSessionAsync(PersonId person, string stamp, TenantId? tenant, CancellationToken cancellationToken);

    /// <summary>
    /// The person of a personal access token; null when it is unknown, expired or revoked, or the person is no member any more. A good
    /// one is remembered on the node for a few seconds, until it expires, or until an event says that something about it changed.
    /// </summary>
    Task<Recognised?> OfTokenAsync(string token, CancellationToken cancellationToken);

    /// <summary>Drops what this node remembers of a person's tokens, after a change.</summary>
    void Forget(PersonId person);

    /// <summary>The agent of a key; null when it is unknown, expired or revoked.</summary>
    Task<Recognised?> OfAgentKeyAsync(string key, CancellationToken cancellationToken);
}
