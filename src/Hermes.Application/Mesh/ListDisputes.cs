using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The installation's disputes for operators: those that are not closed in the order they were opened, else latest first.</summary>
/// <param name="Open">True for those that are not closed, false for closed ones, null for all.</param>
/// <param name="Limit">Rows, 1–100; null for 25.</param>
/// <param name="Cursor">Where to go on; null for the start.</param>
/// <param name="State">Only these; null for any.</param>
/// <param name="MinHours">Opened at least so many hours ago; null for any.</param>
[RequiresOperator]
public sealed record ListDisputes(bool? Open = true, int? Limit = null, string? Cursor = null, DisputeState? State = null, int? MinHours = null) : IQuery<Page<DisputeRow>>, IAcrossTenants;

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

internal sealed class ListDisputesHandler(IMeshDb db, IDeliveryDb deliveries, IAgents agents, TimeProvider clock) : IRequestHandler<ListDisputes, Result<Page<DisputeRow>>>
{
    public async Task<Result<Page<DisputeRow>>> Handle(ListDisputes request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var query = deliveries.Disputes.AsNoTracking();
        if (request.Open is { } open)
            query = query.Where(d => d.ClosedAt == null == open);
        if (request.State is { } state)
            query = query.Where(d => d.State == state);
        if (request.MinHours is { } hours and > 0 and < 1_000_000)
        {
            var latest = clock.GetUtcNow().AddHours(-hours);
            query = query.Where(d => d.OpenedAt <= latest);
        }
        var oldestFirst = request.Open == true;
        if (Paging.Decode(request.Cursor)?.Split('|') is [var ticks, var id] && long.TryParse(ticks, out var t) && t is >= 0 and < 3_155_378_975_999_999_999 && Guid.TryParse(id, out var guid))
        {
            var (at, last) = (new DateTimeOffset(t, TimeSpan.Zero), guid);
            query = oldestFirst
                ? query.Where(d => d.OpenedAt > at || d.OpenedAt == at && ((Guid)(object)d.Id).CompareTo(last) > 0)
                : query.Where(d => d.OpenedAt < at || d.OpenedAt == at && ((Guid)(object)d.Id).CompareTo(last) < 0);
        }
        var disputes = await (oldestFirst ? query.OrderBy(d => d.OpenedAt).ThenBy(d => d.Id) : query.OrderByDescending(d => d.OpenedAt).ThenByDescending(d => d.Id)).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(disputes, limit, d => $"{d.OpenedAt.UtcTicks}|{d.Id}");
        var ids = page.Items.Select(d => d.ContractId).ToList();
        var contracts = await db.Contracts.AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, cancellationToken);
        var names = await agents.FindAsync([.. page.Items.Select(d => d.AgentId).Distinct()], cancellationToken);
        return new Page<DisputeRow>([.. page.Items.Select(d => DisputeRow.Of(contracts[d.ContractId], d, names))], page.NextCursor);
    }
}
