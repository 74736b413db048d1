using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>A member as colleagues see it.</summary>
/// <param name="Id">The person.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="Email">The address.</param>
/// <param name="Role">Name of the role.</param>
/// <param name="JoinedAt">Since when.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record MemberView(PersonId Id, string Name, string Email, string Role, DateTimeOffset JoinedAt, uint Version);
