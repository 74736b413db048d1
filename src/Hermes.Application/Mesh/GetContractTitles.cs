using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>What contracts are called, for lists that know only their ids. Those that the actor can't see are left out.</summary>
/// <param name="Ids">At most <see cref="Paging.MaxLimit"/>.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetContractTitles(IReadOnlyCollection<ContractId> Ids) : IQuery<IReadOnlyDictionary<Guid, string>>;

internal sealed class GetContractTitlesValidator : AbstractValidator<GetContractTitles>
{
    public GetContractTitlesValidator() => RuleFor(q => q.Ids.Count).LessThanOrEqualTo(Paging.MaxLimit);
}

internal sealed class GetContractTitlesHandler(IMeshDb db) : IRequestHandler<GetContractTitles, Result<IReadOnlyDictionary<Guid, string>>>
{
    public async Task<Result<IReadOnlyDictionary<Guid, string>>> Handle(GetContractTitles request, CancellationToken cancellationToken)
    {
        var ids = request.Ids.Distinct().ToList();
        return ids.Count == 0 ? new Dictionary<Guid, string>()
            : await db.Contracts.Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id.Value, c => c.Title, cancellationToken);
    }
}
