using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>The own tenant's calls of one agent with those of their events that tasks show, last changed first: the protocol's list of tasks.</summary>
[Requires(Permissions.AgentsCall)]
public sealed record ListTasks(AgentId AgentId) : IQuery<TaskPage>
{
    /// <summary>Only this conversation's; null for any.</summary>
    public string? Context { get; init; }

    /// <summary>Only in this state; null for any.</summary>
    public CallState? State { get; init; }

    /// <summary>Only those changed then or later; null for any.</summary>
    public DateTimeOffset? ChangedFrom { get; init; }

    /// <summary>Rows, 1–100.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>How many of the newest messages each task is to have; the word of its state is there without.</summary>
    public int HistoryLength { get; init; }

    /// <summary>Whether what was made is in it.</summary>
    public bool WithArtifacts { get; init; }

    /// <summary>Where the former page ended; null or empty for the first.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A page of calls with their events.</summary>
/// <param name="Items">Last changed first.</param>
/// <param name="NextCursor">Null at the end.</param>
/// <param name="Total">Rows of all pages.</param>
public sealed record TaskPage(IReadOnlyList<CallProgress> Items, string? NextCursor, int Total);

internal sealed class ListTasksHandler(ICallsDb db, ICurrentActor current) : IRequestHandler<ListTasks, Result<TaskPage>>
{
    private static readonly Error BadCursor = Error.Validation(new Dictionary<string, string[]> { ["page_token"] = ["Not a token of this list."] });

    public async Task<Result<TaskPage>> Handle(ListTasks request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var seek = SeekPosition.Read(request.Cursor);
        if (seek is null && !string.IsNullOrEmpty(request.Cursor))
            return BadCursor;
        var calls = db.Calls.AsNoTracking().Where(c => c.TenantId == tenant && c.AgentId == request.AgentId);
        if (request.Context is { } context)
            calls = calls.Where(c => c.ContextId == context);
        if (request.State is { } state)
            calls = calls.Where(c => c.State == state);
        if (request.ChangedFrom is { } from)
            calls = calls.Where(c => c.ChangedAt >= from);
        var total = await calls.CountAsync(cancellationToken);
        if (seek is { } after)
            calls = calls.Where(c => c.ChangedAt < after.At || (c.ChangedAt == after.At && ((Guid)(object)c.Id).CompareTo(after.Id) < 0));
        var rows = await calls.OrderByDescending(c => c.ChangedAt).ThenByDescending(c => c.Id).Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, request.Limit, c => SeekPosition.Write(c.ChangedAt, c.Id.Value));
        var events = await TaskEvents.ReadAsync(db, [.. page.Items.Select(c => c.Id)], request.HistoryLength, request.WithArtifacts, upTo: null, cancellationToken);
        return new TaskPage([.. page.Items.Select(c => new CallProgress(CallView.Of(c, tenant), [.. events[c.Id]]))], page.NextCursor, total);
    }
}
