using Hermes.Application.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Calls;

/// <summary>The gates as functions of the database, in the open transaction.</summary>
internal sealed class CallGates(HermesDbContext db, TimeProvider clock) : ICallGates
{
    public async Task<Admission> AdmitAsync(AgentId agent, int maxParallel, int? maxPerHour, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<string>($"SELECT calls.admit({agent.Value}, {maxParallel}, {maxPerHour}, {clock.GetUtcNow()}) AS \"Value\"").ToListAsync(cancellationToken))[0] switch
        {
            "admitted" => Admission.Admitted,
            "busy" => Admission.Busy,
            "rate_limited" => Admission.RateLimited,
            _ => Admission.CircuitOpen,
        };

    public Task<bool> HasPlaceAsync(AgentId agent, int maxParallel, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<bool>($"SELECT calls.has_place({agent.Value}, {maxParallel}) AS \"Value\"").SingleAsync(cancellationToken);

    public Task ConcludeAsync(AgentId agent, bool succeeded, DateTimeOffset began, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT calls.conclude({agent.Value}, {succeeded}, {began}, {clock.GetUtcNow()})", cancellationToken);
}
