using Hermes.Domain.Identity;

namespace Hermes.Application.Identity;

/// <summary>An invitation as the tenant sees it.</summary>
/// <param name="Id">The invitation.</param>
/// <param name="Email">To whom.</param>
/// <param name="Role">The role it gives.</param>
/// <param name="State">Where it stands.</param>
/// <param name="CreatedAt">When it was sent.</param>
/// <param name="ExpiresAt">Until when it works.</param>
public sealed record InvitationView(InvitationId Id, string Email, string Role, InvitationState State, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);
