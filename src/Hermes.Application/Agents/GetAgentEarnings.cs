using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>What an own agent earned: totals, by month, and share by share.</summary>
/// <param name="Id">The agent.</param>
/// <param name="Limit">Shares per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record GetAgentEarnings(AgentId Id, int? Limit = null, string? Cursor = null) : IQuery<AgentEarnings>;

/// <summary>An agent's earnings.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="AgentName">Its name.</param>
/// <param name="Totals">By currency; empty before its first settlement.</param>
/// <param name="Months">The last months (UTC) that have any, by currency, latest first; at most 36 rows.</param>
/// <param name="Shares">Single shares, latest first.</param>
public sealed record AgentEarnings(
    AgentId AgentId, string AgentName, IReadOnlyList<EarningsTotal> Totals, IReadOnlyList<EarningsMonth> Months, Page<ShareView> Shares);

internal sealed class GetAgentEarningsHandler(IAgentsDb db, IShares shares, ICurrentActor current) : IRequestHandler<GetAgentEarnings, Result<AgentEarnings>>
{
    private const int Months = 36;

    public async Task<Result<AgentEarnings>> Handle(GetAgentEarnings request, CancellationToken cancellationToken)
    {
        var (id, tenant, limit) = (request.Id, current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        if (await db.Agents.AsNoTracking().Where(a => a.Id == id && a.TenantId == tenant).Select(a => a.Name).SingleOrDefaultAsync(cancellationToken) is not { } name)
            return AgentErrors.NotFound;
        var before = Guid.TryParse(Paging.Decode(request.Cursor), out var last) ? last : (Guid?)null;
        var rows = await shares.ListAsync(id, tenant, before, limit + 1, cancellationToken);
        return new AgentEarnings(id, name, await shares.TotalsOfAsync(id, tenant, cancellationToken), await shares.MonthsOfAsync(id, tenant, Months, cancellationToken),
            Paging.Cut([.. rows], limit, share => share.Id.ToString()));
    }
}
