using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>
/// What an agent, by its socket or by whoever carries the call, says of a call. All of it is taken in one transaction; the
/// price is paid or given back with the word that ends the call.
/// </summary>
/// <param name="Id">The call.</param>
/// <param name="By">The agent that says so; null for the carrier, which is trusted.</param>
/// <param name="Reports">In order.</param>
[RequiresSystem]
public sealed record ReportCall(CallId Id, AgentId? By, IReadOnlyList<CallReport> Reports) : ICommand<CallView>
{
    /// <summary>The node that carries the call and says so; refused once another one has claimed it. Null for an agent's own word.</summary>
    public Guid? Carrier { get; init; }
}

/// <summary>One thing that an agent says of a call.</summary>
public sealed record CallReport
{
    /// <summary>The state that it is in now; null when only an artifact came.</summary>
    public CallState? State { get; init; }

    /// <summary>The agent's word as the protocol's message; null for none.</summary>
    public System.Text.Json.JsonElement? Message { get; init; }

    /// <summary>A part of the result as the protocol's artifact; null for none.</summary>
    public System.Text.Json.JsonElement? Artifact { get; init; }

    /// <summary>The artifact goes on one of the same id.</summary>
    public bool Append { get; init; }

    /// <summary>The artifact is complete.</summary>
    public bool LastChunk { get; init; }

    /// <summary>With <see cref="CallState.Failed"/>: a stable code; null for the agent's own failure.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>With <see cref="CallState.Failed"/>: why.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The task's id at the agent's own server; null says nothing.</summary>
    public string? RemoteTaskId { get; init; }

    /// <summary>The context's id there; null says nothing.</summary>
    public string? RemoteContextId { get; init; }

    /// <summary>The message that goes to the agent's endpoint now; null for none.</summary>
    public int? Handed { get; init; }

    /// <summary>The contract that it was posted as; null says nothing.</summary>
    public ContractId? ContractId { get; init; }

    /// <summary>Units that it took up to now, for prices by reported units; null says nothing.</summary>
    public long? Units { get; init; }

    /// <summary>A step to note; null for none.</summary>
    public CallReportStep? Step { get; init; }
}

/// <summary>A step that the carrier notes.</summary>
/// <param name="Name">For instance <c>send</c>.</param>
/// <param name="Detail">In a few words.</param>
/// <param name="Ok">Whether it went well.</param>
/// <param name="Started">The timestamp at which it began; null for a moment.</param>
/// <param name="Bytes">What went or came; null for nothing.</param>
public sealed record CallReportStep(string Name, string Detail, bool Ok, long? Started = null, long? Bytes = null);

internal sealed class ReportCallHandler(ICallsDb db, CallDesk desk, TimeProvider clock) : IRequestHandler<ReportCall, Result<CallView>>
{
    public async Task<Result<CallView>> Handle(ReportCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { } call || (request.By is { } by && call.ServedBy != by))
            return CallErrors.NotFound;
        if (request.Carrier is { } carrier && !call.MayBeCarriedBy(carrier))
            return CallErrors.CarriedElsewhere;
        var events = call.LastSequence;
        foreach (var report in request.Reports)
        {
            call.Known(report.RemoteTaskId, report.RemoteContextId);
            if (report.Handed is { } handed)
                call.Hand(handed);
            if (report.Units is { } units)
                call.Count(units);
            if (report.ContractId is { } contract)
                call.PostedAs(contract);
            if (report.Step is { } step)
                desk.Step(call, step.Name, step.Detail, step.Ok, step.Started, step.Bytes);
            if (Take(call, report).Error is { } refusal)
                return refusal;
            if (call.IsEnded && (await desk.ConcludeAsync(call, cancellationToken)).Error is { } unpaid)
                return unpaid;
        }
        if (call.LastSequence > events)
            desk.Tell(call);
        return CallView.Of(call, call.TenantId);
    }

    private Result<Done> Take(Call call, CallReport report)
    {
        if (report.Artifact is { } artifact)
        {
            var body = CallMessage.ArtifactOf(artifact, clock);
            if (!body.Succeeded)
                return body.Error;
            if (call.Do(CallAct.Produce, clock).Error is { } refusal)
                return refusal;
            desk.Happened(call, CallEventKind.Artifact, body.Value, report.Append, report.LastChunk);
            if (call.LastSequence <= 2)
                desk.Step(call, "first_answer", "an artifact", true, null, body.Value.Length);
        }
        return report.State is { } state ? Become(call, state, report) : Done.Ok;
    }

    private Result<Done> Become(Call call, CallState state, CallReport report)
    {
        string? word = null;
        if (report.Message is { } message)
        {
            var body = CallMessage.Of(message, "ROLE_AGENT", call.Id, call.ContextId, clock);
            if (!body.Succeeded)
                return body.Error;
            word = body.Value;
        }
        var done = state == CallState.Failed
            ? call.Fail(report.ErrorCode ?? CallFailures.Agent, report.ErrorMessage ?? (word is null ? "The agent reported a failure." : CallMessage.TextOf(word)), clock)
            : state == CallState.Submitted ? Done.Ok : call.Do(ActOf(state), clock);
        if (done.Error is not null || state == CallState.Submitted)
            return done;
        desk.Happened(call, CallEventKind.Status, word ?? (state == CallState.Failed ? CallMessage.FromAgent(call.ErrorMessage!, call.Id, call.ContextId, clock) : null));
        desk.Step(call, "answer", SnakeCase.Of(call.State.ToString()), state != CallState.Failed, null, word?.Length);
        return Done.Ok;
    }

    private static CallAct ActOf(CallState state) => state switch
    {
        CallState.Working => CallAct.Work,
        CallState.InputRequired => CallAct.AskInput,
        CallState.AuthRequired => CallAct.AskAuth,
        CallState.Completed => CallAct.Complete,
        CallState.Canceled => CallAct.Cancel,
        _ => CallAct.Reject,
    };
}
