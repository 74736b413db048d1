using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A page of conversations that the own tenant's people or agents took part in, last active first.</summary>
/// <param name="Limit">Rows, 1 to 100; 25 when null.</param>
/// <param name="Cursor">Where the former page ended.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListConversations(int? Limit = null, string? Cursor = null) : IQuery<Page<ConversationRow>>;

/// <summary>A conversation in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Calls">How many calls it has.</param>
/// <param name="AgentIds">The agents that were called.</param>
/// <param name="Agents">Their names.</param>
/// <param name="StartedAt">Its first call.</param>
/// <param name="LastAt">Its last change.</param>
public sealed record ConversationRow(Guid Id, int Calls, IReadOnlyList<AgentId> AgentIds, IReadOnlyList<string> Agents, DateTimeOffset StartedAt, DateTimeOffset LastAt);

internal sealed class ListConversationsHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current) : IRequestHandler<ListConversations, Result<Page<ConversationRow>>>
{
    public async Task<Result<Page<ConversationRow>>> Handle(ListConversations request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        var groups = db.Calls.AsNoTracking().Where(c => c.TenantId == tenant || c.AgentTenantId == tenant)
            .GroupBy(c => c.ConversationId)
            .Select(g => new { Id = g.Key, Calls = g.Count(), Started = g.Min(c => c.CreatedAt), Last = g.Max(c => c.ChangedAt) });
        if (SeekPosition.Read(request.Cursor) is { } seek)
            groups = groups.Where(g => g.Last < seek.At || (g.Last == seek.At && g.Id.CompareTo(seek.Id) < 0));
        var rows = await groups.OrderByDescending(g => g.Last).ThenByDescending(g => g.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, limit, g => SeekPosition.Write(g.Last, g.Id));
        var ids = page.Items.Select(g => g.Id).ToList();
        var agents = (await db.Calls.AsNoTracking().Where(c => ids.Contains(c.ConversationId) && (c.TenantId == tenant || c.AgentTenantId == tenant))
            .Select(c => new { c.ConversationId, c.ServedBy }).Distinct().ToListAsync(cancellationToken)).ToLookup(c => c.ConversationId, c => c.ServedBy);
        var names = await directory.NamesAsync([.. agents.SelectMany(a => a).Distinct()], cancellationToken);
        return new Page<ConversationRow>([.. page.Items.Select(g => new ConversationRow(g.Id, g.Calls, [.. agents[g.Id]],
            [.. agents[g.Id].Select(a => names.GetValueOrDefault(a, "")).Where(n => n.Length > 0)], g.Started, g.Last))], page.NextCursor);
    }
}
