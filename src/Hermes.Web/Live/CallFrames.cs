using System.Text.Json;
using System.Threading.Channels;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Web.Live;

/// <summary>
/// What an agent says of calls on its socket: <c>call.status</c>, <c>call.artifact</c>, <c>call.complete</c>,
/// <c>call.fail</c>. Frames of one socket are taken one after the other, those that wait together in one transaction; each
/// refusal is told with the call's id.
/// </summary>
internal sealed class CallFrames(AgentId agent, ISystemScopes scopes, Action<byte[]> answer, ILogger logger)
{
    private const int Waiting = 256;
    private const int Together = 32;

    private readonly Channel<(CallId Call, CallReport[] Reports)> _frames = Channel.CreateBounded<(CallId, CallReport[])>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    private volatile Asked? _probe;
    private CallId? _answered;

    /// <summary>True for the types that this takes.</summary>
    public static bool Is(string type) => type is "call.status" or "call.artifact" or "call.complete" or "call.fail";

    /// <summary>Hears what the agent is told, to know a probe's answer from a call's.</summary>
    public void Tell(LiveFrame frame)
    {
        if (frame.SubjectType == AgentEvents.ProbeSubject)
            _probe = new Asked(new CallId(frame.SubjectId));
    }

    /// <summary>Takes a frame; false when the agent is faster than the database, and the socket should wait.</summary>
    public bool Offer(string type, JsonElement frame)
    {
        if (!frame.TryGetProperty("call_id", out var id) || id.ValueKind != JsonValueKind.String || !id.TryGetGuid(out var call))
        {
            Refuse(null, "live.malformed", "call_id is the call's id.");
            return true;
        }
        var (reports, wrong) = Read(type, frame);
        if (reports is null)
        {
            Refuse(call, "live.malformed", wrong!);
            return true;
        }
        return _frames.Writer.TryWrite((new CallId(call), reports));
    }

    /// <summary>Takes frames until the socket ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _frames.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_frames.Reader.TryRead(out var frame))
                {
                    var reports = new List<CallReport>(frame.Reports);
                    while (reports.Count < Together && _frames.Reader.TryPeek(out var next) && next.Call == frame.Call && _frames.Reader.TryRead(out next))
                        reports.AddRange(next.Reports);
                    await ReportAsync(frame.Call, reports);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What was taken before the end of the socket is reported still.
            while (_frames.Reader.TryRead(out var frame))
                await ReportAsync(frame.Call, frame.Reports);
        }
    }

    private async Task ReportAsync(CallId call, IReadOnlyList<CallReport> reports)
    {
        try
        {
            var refusal = _probe?.Call == call ? CallErrors.NotFound : await RefusalAsync(call, reports);
            // A probe that an earlier socket was told of is looked for among the calls before.
            if (refusal == CallErrors.NotFound && await AnswersProbeAsync(call, reports))
                return;
            if (refusal is not null)
                Refuse(call.Value, refusal.Code, refusal.Message);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever it is about one frame, the next ones are taken: an agent whose words are lost looks alive.
            logger.LogWarning(failure, "What agent {Agent} said of call {Call} could not be stored.", agent, call);
            Refuse(call.Value, "live.try_again", "This could not be stored; say it again.");
        }
    }

    private async Task<Error?> RefusalAsync(CallId call, IReadOnlyList<CallReport> reports)
    {
        await using var scope = scopes.Begin("call-socket");
        return (await scope.SendAsync(new ReportCall(call, agent, reports), CancellationToken.None)).Error;
    }

    /// <summary>A probe is no call: its first answer is recorded and ends it, whatever follows is let pass.</summary>
    private async Task<bool> AnswersProbeAsync(CallId call, IReadOnlyList<CallReport> reports)
    {
        if (_answered == call)
            return true;
        await using var scope = scopes.Begin("call-socket");
        var said = reports.LastOrDefault(r => r.State is not null)?.State ?? CallState.Working;
        if (!(await scope.SendAsync(new AnswerProbe(agent, call.Value, SnakeCase.Of(said.ToString())), CancellationToken.None)).Succeeded)
            return false;
        _answered = call;
        if (!CallTransitions.Final.Contains(said))
            answer(JsonSerializer.SerializeToUtf8Bytes(new { type = "call.cancelled", data = new { call_id = call.Value } }));
        return true;
    }

    private void Refuse(Guid? call, string code, string message) =>
        answer(JsonSerializer.SerializeToUtf8Bytes(new { type = "error", data = new { code, message, call_id = call } }));

    private static (CallReport[]? Reports, string? Wrong) Read(string type, JsonElement frame)
    {
        var message = Message(frame);
        switch (type)
        {
            case "call.artifact":
                return frame.TryGetProperty("artifact", out var artifact)
                    ? ([new CallReport { Artifact = artifact.Clone(), Append = Flag(frame, "append"), LastChunk = Flag(frame, "last_chunk") }], null)
                    : (null, "artifact is an artifact of the protocol.");
            case "call.fail":
                return ([new CallReport { State = CallState.Failed, Message = message }], null);
            case "call.complete":
                var reports = new List<CallReport>();
                if (frame.TryGetProperty("artifacts", out var artifacts) && artifacts.ValueKind == JsonValueKind.Array)
                    reports.AddRange(artifacts.EnumerateArray().Select(a => new CallReport { Artifact = a.Clone(), LastChunk = true }));
                if (frame.TryGetProperty("result", out var result))
                    reports.Add(new CallReport { Artifact = Result(result), LastChunk = true });
                return ([.. reports, new CallReport { State = CallState.Completed, Message = message, Units = Units(frame) }], null);
            default:
                CallState? state = (frame.TryGetProperty("state", out var said) ? said.ToString() : "") switch
                {
                    "working" => CallState.Working,
                    "input_required" => CallState.InputRequired,
                    "auth_required" => CallState.AuthRequired,
                    "completed" => CallState.Completed,
                    "failed" => CallState.Failed,
                    "rejected" => CallState.Rejected,
                    _ => null,
                };
                return state is null
                    ? (null, "state is working, input_required, auth_required, completed, failed or rejected.")
                    : ([new CallReport { State = state, Message = message, Units = Units(frame) }], null);
        }
    }

    // A text or a message of the protocol.
    private static JsonElement? Message(JsonElement frame) => !frame.TryGetProperty("message", out var message) ? null
        : message.ValueKind == JsonValueKind.String ? CallMessage.Text(message.GetString()!)
        : message.ValueKind == JsonValueKind.Null ? null : message.Clone();

    private static JsonElement Result(JsonElement result) => result.ValueKind == JsonValueKind.String
        ? JsonSerializer.SerializeToElement(new { artifactId = "result", parts = new[] { new { text = result.GetString() } } })
        : JsonSerializer.SerializeToElement(new { artifactId = "result", parts = new[] { new { data = result, mediaType = "application/json" } } });

    private static long? Units(JsonElement frame) => frame.TryGetProperty("units", out var units) && units.ValueKind == JsonValueKind.Number && units.TryGetInt64(out var count) ? count : null;

    private static bool Flag(JsonElement frame, string name) => frame.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    // A reference, so that it is read whole while another thread writes it.
    private sealed record Asked(CallId Call);
}
