using Hermes.Domain.Shared;

namespace Hermes.Application.Agents.Public;

/// <summary>Somebody who answers for an organisation's agents.</summary>
/// <param name="Email">Where to write.</param>
/// <param name="Name">As shown to others.</param>
public sealed record AgentOwner(string Email, string Name);

/// <summary>Whom to write to about an organisation's agents; Identity answers.</summary>
public interface IAgentOwners
{
    /// <summary>The organisation's admins with a confirmed address, at most 20; for requests across tenants and system actors.</summary>
    Task<IReadOnlyList<AgentOwner>> OfAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>Whether the person may register agents in the organisation, which has to be active; for requests across tenants.</summary>
    Task<bool> MayRegisterAsync(PersonId person, TenantId tenant, CancellationToken cancellationToken);
}
