using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Gives a call that certainly never reached its agent to its backup, when there is one that the caller may call by all the
/// rules of a new call, at no higher price; what a cheaper one leaves goes back. Answers false when there is none.
/// </summary>
/// <param name="Id">The call.</param>
/// <param name="Carrier">The node that carries it; one that lost its claim passes nothing on.</param>
/// <param name="Why">Why the agent could not be reached: a code.</param>
[RequiresSystem]
public sealed record FailOverCall(CallId Id, Guid Carrier, string Why) : ICommand<FailOver>;

/// <summary>What came of it.</summary>
/// <param name="Passed">True when another agent has the call now.</param>
public sealed record FailOver(bool Passed);

internal sealed class FailOverCallHandler(
    ICallsDb db, ICallDirectory directory, CallAdmission admission, ICallGates gates, ISpending spending, LoopSettings loops, CallDesk desk, TimeProvider clock)
    : IRequestHandler<FailOverCall, Result<FailOver>>
{
    public async Task<Result<FailOver>> Handle(FailOverCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { IsEnded: false, BackupAgentId: { } id } call || id == call.ServedBy || !call.MayBeCarriedBy(request.Carrier))
            return new FailOver(false);
        var said = await db.CallEvents.AsNoTracking().Where(e => e.CallId == call.Id && e.Kind == CallEventKind.Message).OrderBy(e => e.Sequence).ToListAsync(cancellationToken);
        var ask = new CallAsk(JsonElement.Parse(said[0].Body!), (int)(call.DeadlineAt - call.CreatedAt).TotalSeconds, call.Tariff?.Most, call.Price);
        // A part of Hermes takes nothing over: whether the caller may have contracts posted was not asked.
        if (await directory.FindAsync(id, call.TenantId, call.CallerAgentId, cancellationToken) is not { Transport: { } transport and not CallTransport.BuiltIn } found
            || await admission.PermitAsync(found with { Subscription = null }, null, ask.Of(found), cancellationToken) is not { Succeeded: true, Value: var backup }
            || call.Chain().Refuses(id, loops.MaxDepth, loops.MaxRevisits) is not null
            || !await spending.AllowsAsync(call.Id.Value, id, backup.TenantId, backup.Capabilities, cancellationToken)
            || await admission.AdmitAsync(backup, cancellationToken) is not null)
            return new FailOver(false);
        await desk.GiveBackIncludedAsync(call, cancellationToken);
        await gates.ConcludeAsync(call.ServedBy, false, call.CreatedAt, cancellationToken);
        call.PassTo(backup.Id, backup.TenantId, transport, clock.GetUtcNow().AddSeconds(backup.TimeoutSeconds), backup.Tariff);
        await db.PassOnAsync(call.Id, backup.TenantId, cancellationToken);
        desk.Step(call, "failover", $"to {backup.Name}: {request.Why}", true);
        if ((await desk.LowerAsync(call, backup.Price, cancellationToken)).Error is { } unpaid)
            return unpaid;
        foreach (var message in said)
            desk.Send(call, message == said[0] ? CallDesk.Requested : CallDesk.Said, message.Body);
        desk.Tell(call);
        return new FailOver(true);
    }
}
