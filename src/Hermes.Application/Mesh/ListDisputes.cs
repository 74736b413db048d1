using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The installation's disputes for operators, latest first.</summary>
/// <param name="Open">True for undecided ones, false for decided ones, null for all.</param>
/// <param name="Limit">Rows, 1–100; null for 25.</param>
/// <param name="Cursor">Where to go on; null for the start.</param>
[RequiresOperator]
public sealed record ListDisputes(bool? Open = true, int? Limit = null, string? Cursor = null) : IQuery<Page<DisputeRow>>, IAcrossTenants;

/// <summary>A dispute as an operator sees it.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Title">Its title.</param>
/// <param name="State">Its state.</param>
/// <param name="PosterTenantId">Who pays.</param>
/// <param name="WinnerTenantId">The agent's owner.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="AgentName">Its name.</param>
/// <param name="Held">What is or was held.</param>
/// <param name="Score">The result's score; null where none was recorded.</param>
/// <param name="HasDelivery">True when there is a result.</param>
/// <param name="Dispute">The dispute.</param>
public sealed record DisputeRow(
    ContractId ContractId, string Title, ContractState State, TenantId PosterTenantId, TenantId WinnerTenantId, AgentId AgentId, string AgentName,
    Money Held, decimal? Score, bool HasDelivery, DisputeView Dispute)
{
    internal static DisputeRow Of(Contract contract, Dispute dispute, IReadOnlyDictionary<AgentId, AgentListing> agents) => new(
        contract.Id, contract.Title, contract.State, dispute.PosterTenantId, dispute.WinnerTenantId, dispute.AgentId,
        agents.TryGetValue(dispute.AgentId, out var agent) ? agent.Name : "", contract.Price!.Value, contract.ValidationScore,
        contract.DeliveredAt is not null, DisputeView.Of(dispute));
}

internal sealed class ListDisputesHandler(IMeshDb db, IDeliveryDb deliveries, IAgents agents) : IRequestHandler<ListDisputes, Result<Page<DisputeRow>>>
{
    public async Task<Result<Page<DisputeRow>>> Handle(ListDisputes request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var query = deliveries.Disputes.AsNoTracking();
        if (request.Open is { } open)
            query = query.Where(d => d.DecidedAt == null == open);
        if (Paging.Decode(request.Cursor)?.Split('|') is [var ticks, var id] && long.TryParse(ticks, out var t) && Guid.TryParse(id, out var guid))
        {
            var (before, contract) = (new DateTimeOffset(t, TimeSpan.Zero), new ContractId(guid));
            query = query.Where(d => d.OpenedAt < before || d.OpenedAt == before && d.ContractId != contract);
        }
        var disputes = await query.OrderByDescending(d => d.OpenedAt).ThenByDescending(d => d.ContractId).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(disputes, limit, d => $"{d.OpenedAt.UtcTicks}|{d.ContractId}");
        var ids = page.Items.Select(d => d.ContractId).ToList();
        var contracts = await db.Contracts.AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, cancellationToken);
        var names = await agents.FindAsync([.. page.Items.Select(d => d.AgentId).Distinct()], cancellationToken);
        return new Page<DisputeRow>([.. page.Items.Select(d => DisputeRow.Of(contracts[d.ContractId], d, names))], page.NextCursor);
    }
}
