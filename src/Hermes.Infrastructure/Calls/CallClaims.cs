using Hermes.Application.Ledger.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Calls;

/// <summary>What calls say is held for them.</summary>
internal sealed class CallClaims(HermesDbContext db) : IHeldClaims
{
    public async Task<IReadOnlyList<HeldClaim>> OpenAsync(CancellationToken cancellationToken) =>
        await ReadAsync(db.Calls.AsNoTracking().Where(c => c.EndedAt == null && c.Payment == CallPayment.Held), cancellationToken);

    public async Task<IReadOnlyList<HeldClaim>> OfAsync(IReadOnlyCollection<Guid> subjects, CancellationToken cancellationToken)
    {
        List<CallId> ids = [.. subjects.Select(id => new CallId(id))];
        return await ReadAsync(db.Calls.AsNoTracking().Where(c => ids.Contains(c.Id)), cancellationToken);
    }

    private static async Task<IReadOnlyList<HeldClaim>> ReadAsync(IQueryable<Call> calls, CancellationToken cancellationToken) =>
        (await calls.Select(c => new { c.Id, c.State, c.Payment, c.Price }).ToListAsync(cancellationToken))
            .ConvertAll(c => new HeldClaim("call", c.Id.Value, c.State.ToString(), c.Payment == CallPayment.Held ? c.Price : Money.Zero(c.Price.Currency)));
}
