using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>
/// Makes prices whose time has come their agents' listed ones, a hundred at a time. Calls don't wait for it: they ask what
/// counts at their instant. Answers how many were due.
/// </summary>
[RequiresSystem]
public sealed record ListDuePrices : ICommand<int>
{
    /// <summary>Most prices of one turn.</summary>
    public const int Most = 100;
}

internal sealed class ListDuePricesHandler(IAgentsDb db, IOutbox outbox, TimeProvider clock) : IRequestHandler<ListDuePrices, Result<int>>
{
    public async Task<Result<int>> Handle(ListDuePrices request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await db.Prices.Where(p => p.ListedAt == null && p.EffectiveFrom <= now).OrderBy(p => p.EffectiveFrom).ThenBy(p => p.Id)
            .Take(ListDuePrices.Most).ToListAsync(cancellationToken);
        foreach (var price in due)
            price.List(now);
        foreach (var id in due.Select(p => p.AgentId).Distinct())
        {
            var agent = await db.Agents.SingleAsync(a => a.Id == id, cancellationToken);
            if (agent.Status == AgentStatus.Retired || await db.Prices.AsNoTracking().AtAsync(id, now, cancellationToken) is not { } counts || counts.Listed == agent.BasePrice)
                continue;
            agent.List(counts.Listed, clock);
            outbox.Add(AgentEvents.ChangeOf(agent));
        }
        return due.Count;
    }
}
