using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The same list as <see cref="ListContracts"/> in one piece, at most 10,000 rows and one more that tells of others.</summary>
[Requires(Permissions.ContractsRead)]
public sealed record ExportContracts : ContractFilter, IQuery<IReadOnlyList<ContractRow>>
{
    /// <summary>Most rows of an export.</summary>
    public const int MostRows = 10_000;
}

internal sealed class ExportContractsHandler(IMeshDb db, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ExportContracts, Result<IReadOnlyList<ContractRow>>>
{
    public async Task<Result<IReadOnlyList<ContractRow>>> Handle(ExportContracts request, CancellationToken cancellationToken)
    {
        var contracts = ContractListing.After(ContractListing.Of(db, request, current.Actor, clock.GetUtcNow()), request.Sort, null);
        var rows = await contracts.Take(ExportContracts.MostRows + 1).ToListAsync(cancellationToken);
        return rows.ConvertAll(c => ContractRow.Of(c, current.Actor.Tenant));
    }
}
