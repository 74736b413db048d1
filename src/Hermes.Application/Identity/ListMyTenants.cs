using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>Lists the signed-in person's own tenants, for the switcher.</summary>
[RequiresSignIn]
public sealed record ListMyTenants : IQuery<IReadOnlyList<Membership>>, IAcrossTenants;

/// <summary>Handles <see cref="ListMyTenants"/>.</summary>
public sealed class ListMyTenantsHandler(IIdentityDb identity, ITenants tenants, ICurrentActor current)
    : MediatR.IRequestHandler<ListMyTenants, Result<IReadOnlyList<Membership>>>
{
    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<Membership>>> Handle(ListMyTenants request, CancellationToken cancellationToken) =>
        current.Actor.Person is { } person
            ? await Memberships.OfAsync(identity, tenants, person, cancellationToken)
            : new List<Membership>();
}
