using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A conversation with all that was said and produced in it, of calls that the own tenant made or took; the latest 100 calls.</summary>
/// <param name="Id">The conversation.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetConversation(Guid Id) : IQuery<ConversationView>;

/// <summary>A conversation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Names">Names of its agents.</param>
/// <param name="Calls">Its calls with their events, oldest first.</param>
public sealed record ConversationView(Guid Id, IReadOnlyDictionary<AgentId, string> Names, IReadOnlyList<CallProgress> Calls);

internal sealed class GetConversationHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current) : IRequestHandler<GetConversation, Result<ConversationView>>
{
    private const int Most = 100;
    private static readonly Error None = Error.NotFound("calls.conversation_not_found", "There is no such conversation.");

    public async Task<Result<ConversationView>> Handle(GetConversation request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var calls = await db.Calls.AsNoTracking().Where(c => c.ConversationId == request.Id && (c.TenantId == tenant || c.AgentTenantId == tenant))
            .OrderByDescending(c => c.CreatedAt).Take(Most).ToListAsync(cancellationToken);
        if (calls.Count == 0)
            return None;
        calls.Reverse();
        var ids = calls.ConvertAll(c => c.Id);
        var events = (await db.CallEvents.AsNoTracking().Where(e => ids.Contains(e.CallId)).OrderBy(e => e.Sequence).ToListAsync(cancellationToken)).ToLookup(e => e.CallId);
        var names = await directory.NamesAsync([.. calls.Select(c => c.ServedBy).Concat(calls.Select(c => c.CallerAgentId).OfType<AgentId>()).Distinct()], cancellationToken);
        return new ConversationView(request.Id, names, calls.ConvertAll(c => new CallProgress(CallView.Of(c, tenant), [.. events[c.Id].Select(CallEventView.Of)])));
    }
}
