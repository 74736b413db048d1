using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Ends a membership and the person's tokens in the tenant.</summary>
/// <param name="Person">The member.</param>
[Requires(Permissions.UsersManage)]
public sealed record RemoveMember(PersonId Person) : ICommand<Done>;

/// <summary>Handles <see cref="RemoveMember"/>.</summary>
public sealed class RemoveMemberHandler(IIdentityDb db, RightsChanges changes, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RemoveMember, Result<Done>>
{
    /// <inheritdoc />
    public Task<Result<Done>> Handle(RemoveMember request, CancellationToken cancellationToken) =>
        Leaving.EndAsync(db, changes, audit, clock, current.Actor.RequiredTenant, request.Person, "member.remove", cancellationToken);
}
