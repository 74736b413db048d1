using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Leaves the current tenant.</summary>
[RequiresSignIn]
public sealed record LeaveTenant : ICommand<Done>;

/// <summary>Handles <see cref="LeaveTenant"/>.</summary>
public sealed class LeaveTenantHandler(IIdentityDb db, RightsChanges changes, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<LeaveTenant, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(LeaveTenant request, CancellationToken cancellationToken)
    {
        if (current.Actor is not { Person: { } person } actor)
            return AccessErrors.SignInNeeded;
        return actor.Tenant is { } tenant
            ? await Leaving.EndAsync(db, changes, audit, clock, tenant, person, "member.leave", cancellationToken)
            : AccessErrors.NoTenant;
    }
}
