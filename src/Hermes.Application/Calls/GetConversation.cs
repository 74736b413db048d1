using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// A page of a conversation of calls that the own tenant made or took, the latest page first. Of each call the first event and the last
/// <see cref="LastEvents"/> are read, without bodies above <see cref="MaxBodyBytes"/>: the call itself has everything.
/// </summary>
/// <param name="Id">The conversation.</param>
/// <param name="Limit">Calls, 1 to 25; 25 when null.</param>
/// <param name="Cursor">Where the former page, of later calls, ended.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetConversation(Guid Id, int? Limit = null, string? Cursor = null) : IQuery<ConversationView>
{
    /// <summary>Most calls on a page.</summary>
    public const int MaxCalls = 25;

    /// <summary>Most events of a call, besides its first.</summary>
    public const int LastEvents = 19;

    /// <summary>Largest body that is read.</summary>
    public const int MaxBodyBytes = 64 * 1024;
}

/// <summary>A page of a conversation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Names">Names of the page's agents.</param>
/// <param name="Calls">Calls with their first and last events, oldest first.</param>
/// <param name="NextCursor">To the calls before these; null at the beginning.</param>
public sealed record ConversationView(Guid Id, IReadOnlyDictionary<AgentId, string> Names, IReadOnlyList<CallProgress> Calls, string? NextCursor);

internal sealed class GetConversationHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current) : IRequestHandler<GetConversation, Result<ConversationView>>
{
    private static readonly Error None = Error.NotFound("calls.conversation_not_found", "There is no such conversation.");

    public async Task<Result<ConversationView>> Handle(GetConversation request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Math.Clamp(request.Limit ?? GetConversation.MaxCalls, 1, GetConversation.MaxCalls));
        var calls = db.Calls.AsNoTracking().Where(c => c.ConversationId == request.Id && (c.TenantId == tenant || c.AgentTenantId == tenant));
        var seek = SeekPosition.Read(request.Cursor);
        var rows = await (seek is { } before ? calls.Where(c => c.CreatedAt < before.At || (c.CreatedAt == before.At && ((Guid)(object)c.Id).CompareTo(before.Id) < 0)) : calls)
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(limit + 1).ToListAsync(cancellationToken);
        if (rows.Count == 0 && (seek is null || !await calls.AnyAsync(cancellationToken)))
            return None;
        var page = Paging.Cut(rows, limit, c => SeekPosition.Write(c.CreatedAt, c.Id.Value));
        var ids = page.Items.Select(c => c.Id).ToList();
        var events = (await db.Calls.AsNoTracking().Where(c => ids.Contains(c.Id))
            .Join(db.CallEvents.AsNoTracking(), c => c.Id, e => e.CallId, (c, e) => new { c.LastSequence, e })
            .Where(x => x.e.Sequence == 1 || x.e.Sequence > x.LastSequence - GetConversation.LastEvents)
            .OrderBy(x => x.e.Sequence)
            .Select(x => new { x.e.CallId, x.e.Sequence, x.e.Kind, x.e.State, Body = x.e.Bytes > GetConversation.MaxBodyBytes ? null : x.e.Body, x.e.Append, x.e.LastChunk, x.e.At, x.e.Bytes })
            .ToListAsync(cancellationToken))
            .ToLookup(e => e.CallId, e => new CallEventView(e.Sequence, e.Kind, e.State, e.Body is null ? null : JsonElement.Parse(e.Body), e.Append, e.LastChunk, e.At,
                e.Bytes > GetConversation.MaxBodyBytes));
        var names = await directory.NamesAsync([.. page.Items.Select(c => c.ServedBy).Concat(page.Items.Select(c => c.CallerAgentId).OfType<AgentId>()).Distinct()], cancellationToken);
        return new ConversationView(request.Id, names, [.. page.Items.Reverse().Select(c => new CallProgress(CallView.Of(c, tenant), [.. events[c.Id]]))], page.NextCursor);
    }
}
