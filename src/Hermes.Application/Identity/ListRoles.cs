using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>The roles and what each grants.</summary>
[RequiresSignIn]
public sealed record ListRoles : IQuery<IReadOnlyList<RoleView>>;

/// <summary>A role.</summary>
/// <param name="Name">As the API writes it.</param>
/// <param name="Title">For people.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Permissions">Sorted.</param>
/// <param name="BuiltIn">True for those that every tenant has.</param>
public sealed record RoleView(string Name, string Title, string Description, IReadOnlyList<string> Permissions, bool BuiltIn);

/// <summary>Handles <see cref="ListRoles"/>.</summary>
public sealed class ListRolesHandler : IRequestHandler<ListRoles, Result<IReadOnlyList<RoleView>>>
{
    /// <inheritdoc />
    public Task<Result<IReadOnlyList<RoleView>>> Handle(ListRoles request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<IReadOnlyList<RoleView>>>(BuiltInRoles.All
            .Select(r => new RoleView(r.Name, r.Title, r.Description, [.. r.Permissions.Order(StringComparer.Ordinal)], true)).ToList());
}
