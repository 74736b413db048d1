using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Chooses the tenant to work in.</summary>
/// <param name="Tenant">One of the person's.</param>
[RequiresSignIn]
public sealed record ChooseTenant(TenantId Tenant) : ICommand<Membership>, IAcrossTenants;

/// <summary>Handles <see cref="ChooseTenant"/>.</summary>
public sealed class ChooseTenantHandler(IPeople people, IIdentityDb identity, ITenants tenants, ICurrentActor current)
    : IRequestHandler<ChooseTenant, Result<Membership>>
{
    /// <inheritdoc />
    public async Task<Result<Membership>> Handle(ChooseTenant request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        var mine = await Memberships.OfAsync(identity, tenants, person, cancellationToken);
        if (mine.FirstOrDefault(m => m.Id == request.Tenant) is not { } chosen)
            return IdentityErrors.NotYourTenant;
        if (!chosen.IsActive)
            return TenantRules.Suspended;
        await people.RememberTenantAsync(person, chosen.Id, cancellationToken);
        return chosen;
    }
}
