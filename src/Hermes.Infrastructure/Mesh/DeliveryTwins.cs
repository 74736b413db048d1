using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Counts equal results by a function that looks across tenants.</summary>
internal sealed class DeliveryTwins(HermesDbContext db) : IDeliveryTwins
{
    public Task<int> CountAsync(ContractId contract, string resultHash, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<int>($"SELECT mesh.same_deliveries({contract.Value}, {resultHash}) AS \"Value\"").SingleAsync(cancellationToken);
}
