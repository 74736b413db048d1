using System.Text.Json;
using Hermes.Domain.Calls;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Reads those events that calls' tasks show (<see cref="TaskMapping.TaskOf"/>), of all calls in one statement.</summary>
internal static class TaskEvents
{
    /// <summary>Events by call, in order: the newest, the newest words, and what was made where it is asked for.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="ids">Whose.</param>
    /// <param name="historyLength">How many of the newest messages the task is to have; null for all.</param>
    /// <param name="artifacts">Whether what was made is in it.</param>
    /// <param name="upTo">The number of the event as of which they are read; null for as they are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ILookup<CallId, CallEventView>> ReadAsync(
        ICallsDb db, IReadOnlyCollection<CallId> ids, int? historyLength, bool artifacts, int? upTo, CancellationToken cancellationToken)
    {
        var calls = db.Calls.AsNoTracking().Where(c => ids.Contains(c.Id));
        var events = db.CallEvents.AsNoTracking().Where(e => upTo == null || e.Sequence <= upTo);
        var words = events.Where(e => e.Kind != CallEventKind.Artifact);
        // The newest says the state.
        var shown = Newest(events, 1);
        if (artifacts)
            shown = shown.Concat(calls.SelectMany(c => events.Where(e => e.CallId == c.Id && e.Kind == CallEventKind.Artifact)));
        if (historyLength is not { } most)
        {
            shown = shown.Concat(calls.SelectMany(c => words.Where(e => e.CallId == c.Id)));
        }
        else
        {
            // The newest of these, with a word or without, says which word is the state's. That one is no history: one more than asked for is read.
            shown = shown.Concat(Newest(words, 1));
            if (most > 0)
                shown = shown.Concat(Newest(words.Where(e => e.Body != null), Math.Min(most, int.MaxValue - 1) + 1));
        }
        var rows = await shown.Select(e => new
        {
            e.CallId,
            e.Sequence,
            e.Kind,
            e.State,
            Body = artifacts || e.Kind != CallEventKind.Artifact ? e.Body : null,
            e.Append,
            e.LastChunk,
            e.At,
        }).ToListAsync(cancellationToken);
        return rows.DistinctBy(e => (e.CallId, e.Sequence)).OrderBy(e => e.Sequence)
            .ToLookup(e => e.CallId, e => new CallEventView(e.Sequence, e.Kind, e.State, e.Body is null ? null : JsonElement.Parse(e.Body), e.Append, e.LastChunk, e.At));

        // The comparison with the call's own number keeps this a look at the end of each call (LATERAL): without it, EF numbers all events of all calls first.
        IQueryable<CallEvent> Newest(IQueryable<CallEvent> of, int count) =>
            calls.SelectMany(c => of.Where(e => e.CallId == c.Id && e.Sequence <= c.LastSequence).OrderByDescending(e => e.Sequence).Take(count));
    }
}
