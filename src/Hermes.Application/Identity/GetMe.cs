using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Who the caller is.</summary>
[RequiresSignIn]
public sealed record GetMe : IQuery<Me>, IAcrossTenants;

/// <summary>The caller as the API shows it.</summary>
/// <param name="Kind"><c>person</c> or <c>agent</c>.</param>
/// <param name="Id">The person's or agent's id.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="Email">Null for agents.</param>
/// <param name="Tenant">The tenant acted for; null when none is chosen.</param>
/// <param name="Permissions">In that tenant, sorted.</param>
/// <param name="IsOperator">May use the back office.</param>
/// <param name="Tenants">All of a person's tenants; empty for agents.</param>
public sealed record Me(string Kind, Guid Id, string Name, string? Email, TenantId? Tenant, IReadOnlyList<string> Permissions, bool IsOperator, IReadOnlyList<Membership> Tenants);

/// <summary>Handles <see cref="GetMe"/>.</summary>
public sealed class GetMeHandler(IPeople people, IIdentityDb identity, ITenants tenants, ICurrentActor current) : IRequestHandler<GetMe, Result<Me>>
{
    /// <inheritdoc />
    public async Task<Result<Me>> Handle(GetMe request, CancellationToken cancellationToken)
    {
        var actor = current.Actor;
        var permissions = actor.Permissions.Order(StringComparer.Ordinal).ToList();
        if (actor.Person is not { } person)
            return new Me(SnakeCase.Of(actor.Kind.ToString()), actor.SubjectId, actor.Name, null, actor.Tenant, permissions, false, []);
        if (await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        var mine = await Memberships.OfAsync(identity, tenants, person, cancellationToken);
        return new Me("person", person.Value, account.Name, account.Email, actor.Tenant, permissions, actor.IsOperator, mine);
    }
}
