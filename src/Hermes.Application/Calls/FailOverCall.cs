using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Gives a call that certainly never reached its agent to its backup, when there is one that the caller may call, too, at
/// no higher price. The price that was held stays. Answers false when there is none.
/// </summary>
/// <param name="Id">The call.</param>
/// <param name="Why">Why the agent could not be reached: a code.</param>
[RequiresSystem]
public sealed record FailOverCall(CallId Id, string Why) : ICommand<FailOver>;

/// <summary>What came of it.</summary>
/// <param name="Passed">True when another agent has the call now.</param>
public sealed record FailOver(bool Passed);

internal sealed class FailOverCallHandler(ICallsDb db, ICallDirectory directory, ICallGates gates, ISpending spending, CallDesk desk) : IRequestHandler<FailOverCall, Result<FailOver>>
{
    public async Task<Result<FailOver>> Handle(FailOverCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { IsEnded: false, BackupAgentId: { } id } call || id == call.ServedBy)
            return new FailOver(false);
        if (await directory.FindAsync(id, call.TenantId, call.CallerAgentId, cancellationToken) is not { Access.IsAllowed: true, IsActive: true, Transport: { } transport } backup
            || (backup.RequiresApproval && !backup.Access.IsApproved) || backup.AllowedOrigins.Count > 0 && !backup.Facts.SameTenant
            || !await spending.AllowsAsync(call.Id.Value, id, backup.TenantId, backup.Capabilities, cancellationToken)
            || backup.Price.Currency != call.Price.Currency || backup.Price > call.Price
            || (transport != CallTransport.BuiltIn && await gates.AdmitAsync(id, backup.MaxParallel, backup.MaxCallsPerHour, cancellationToken) != Admission.Admitted))
            return new FailOver(false);
        await gates.ConcludeAsync(call.ServedBy, false, cancellationToken);
        call.PassTo(backup.Id, backup.TenantId, transport);
        desk.Step(call, "failover", $"to {backup.Name}: {request.Why}", true);
        var first = await db.CallEvents.AsNoTracking().Where(e => e.CallId == call.Id && e.Kind == CallEventKind.Message).OrderBy(e => e.Sequence).FirstAsync(cancellationToken);
        desk.Send(call, CallDesk.Requested, first.Body);
        desk.Tell(call);
        return new FailOver(true);
    }
}
