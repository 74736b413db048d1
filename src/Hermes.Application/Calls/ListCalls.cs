using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Which side of a call.</summary>
public enum CallSide
{
    /// <summary>Both.</summary>
    All,
    /// <summary>Made by the viewer's tenant.</summary>
    Made,
    /// <summary>Taken by the viewer's agents.</summary>
    Taken,
}

/// <summary>A page of calls that the viewer's tenant made or took, newest first.</summary>
[Requires(Permissions.AgentsRead)]
public sealed record ListCalls : IQuery<Page<CallRow>>
{
    /// <summary>Which side.</summary>
    public CallSide Side { get; init; }

    /// <summary>Only this agent's; null for any.</summary>
    public AgentId? AgentId { get; init; }

    /// <summary>Only this conversation's; null for any.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>Only in this state; null for any.</summary>
    public CallState? State { get; init; }

    /// <summary>Only those changed after; null for any.</summary>
    public DateTimeOffset? ChangedAfter { get; init; }

    /// <summary>Rows, 1 to 100; 25 when null.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the former page ended.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A call in a list.</summary>
/// <param name="Call">The call.</param>
/// <param name="Agent">The name of the agent that takes it; empty when it is gone.</param>
public sealed record CallRow(CallView Call, string Agent);

internal sealed class ListCallsHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current) : IRequestHandler<ListCalls, Result<Page<CallRow>>>
{
    public async Task<Result<Page<CallRow>>> Handle(ListCalls request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        var calls = db.Calls.AsNoTracking().Where(c => request.Side == CallSide.Made ? c.TenantId == tenant
            : request.Side == CallSide.Taken ? c.AgentTenantId == tenant : c.TenantId == tenant || c.AgentTenantId == tenant);
        if (request.AgentId is { } agent)
            calls = calls.Where(c => c.AgentId == agent || c.ServedBy == agent);
        if (request.ConversationId is { } conversation)
            calls = calls.Where(c => c.ConversationId == conversation);
        if (request.State is { } state)
            calls = calls.Where(c => c.State == state);
        if (request.ChangedAfter is { } after)
            calls = calls.Where(c => c.ChangedAt > after);
        if (SeekPosition.Read(request.Cursor) is { } seek)
        {
            var id = seek.Id;
            calls = calls.Where(c => c.CreatedAt < seek.At || (c.CreatedAt == seek.At && ((Guid)(object)c.Id).CompareTo(id) < 0));
        }
        var rows = await calls.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, limit, c => SeekPosition.Write(c.CreatedAt, c.Id.Value));
        var names = await directory.NamesAsync([.. page.Items.Select(c => c.ServedBy).Distinct()], cancellationToken);
        return new Page<CallRow>([.. page.Items.Select(c => new CallRow(CallView.Of(c, tenant), names.GetValueOrDefault(c.ServedBy, "")))], page.NextCursor);
    }
}
