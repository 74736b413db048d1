using System.Diagnostics;
using Hermes.Application.A2A.Public;
using Hermes.Application.Agents.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// Carries calls to agents' endpoints over A2A: streamed where the card says so; else the agent pushes its news where it can
/// and Hermes has a public address; else its answer is waited for. Behind all of them stands polling. What certainly never reached the agent is tried once more, then given to the backup; what may have reached it is
/// never sent twice.
/// </summary>
internal sealed class EndpointCalls(
    IA2AClient client, ICallTargets targets, IPushTokens tokens, CallNotices notices, InstallationSettings installation,
    ISystemScopes scopes, IFaultPoints faults, NodeIdentity node, TimeProvider clock)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(5);
    // Where the agent pushes, polling only finds what a lost push would have told.
    private static readonly TimeSpan FirstPollBesidePushes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPollBesidePushes = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenPushes = TimeSpan.FromMilliseconds(100);

    /// <summary>Carries what is pending, or goes on with the agent's task.</summary>
    public async Task CarryAsync(CarriedCall carried, CancellationToken cancellationToken)
    {
        var call = carried.Call;
        var conversation = new Exchange(carried, faults);
        try
        {
            var (target, card) = await TargetAsync(call, cancellationToken);
            var way = new Way(target, card?.Capabilities?.Streaming == true, card?.Capabilities?.PushNotifications == true && installation.PublicUrl is not null);
            // From before the message is sent: the first push may be faster than the answer.
            using var watch = way.Pushes ? notices.Watch(call.Id) : null;
            var pushes = way.Pushes;
            if (carried.Pending.Count > 0)
                pushes = await SendAsync(conversation, way, cancellationToken);
            else if (call.RemoteTaskId is null)
            {
                await FailAsync(carried, CallFailures.Interrupted, "The node that called the agent ended, and what the agent did is not known.");
                return;
            }
            if (conversation.IsRunning && conversation.TaskId is not null)
                await PollAsync(conversation, target, pushes ? watch : null, cancellationToken);
            if (conversation.IsRunning)
                throw new A2ACallException(A2AFailure.InvalidAnswer, "The agent ended its answer without an end of the task.");
        }
        catch (A2ACallException failure)
        {
            if (failure.NeverSent && call.BackupAgentId is not null && conversation.TaskId is null && await PassOnAsync(call, CodeOf(failure)))
                return;
            await FailAsync(carried, CodeOf(failure), failure.Message);
        }
    }

    private static Task FailAsync(CarriedCall carried, string code, string why) => carried.Report(
    [
        new CallReport { Step = new CallReportStep("error", $"{code}: {why}", false), State = CallState.Failed, ErrorCode = code, ErrorMessage = why },
    ]);

    /// <summary>Tells the agent that its task was called off.</summary>
    public async Task CallOffAsync(Call call, CancellationToken cancellationToken)
    {
        var (target, _) = await TargetAsync(call, cancellationToken);
        await client.CancelTaskAsync(target with { Limits = new A2ALimits { Total = TimeSpan.FromSeconds(10) } }, new CancelTaskRequest { Id = call.RemoteTaskId! }, cancellationToken);
    }

    private async Task<bool> PassOnAsync(Call call, string why)
    {
        await using var scope = scopes.Begin("call-carrier");
        return (await scope.SendAsync(new FailOverCall(call.Id, node.Id, why), CancellationToken.None)) is { Succeeded: true, Value.Passed: true };
    }

    private async Task<(A2ATarget Target, AgentCard? Card)> TargetAsync(Call call, CancellationToken cancellationToken)
    {
        var left = call.DeadlineAt - clock.GetUtcNow();
        var limits = new A2ALimits { Total = left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), Silence = TimeSpan.FromMinutes(2) };
        // The card that the last probe kept; an agent that was never probed is asked for its card.
        var found = await targets.FindAsync(call.ServedBy, cancellationToken);
        if (found is not { Target: not null })
        {
            try
            {
                found = await targets.FetchAsync(call.ServedBy, cancellationToken);
            }
            catch (A2ACallException failure)
            {
                throw new A2ACallException(failure.Failure, failure.Message, failure) { NeverSent = true, HttpStatus = failure.HttpStatus };
            }
        }
        return found is { Target: { } target }
            ? (target with { Limits = limits }, found.Card)
            : throw new A2ACallException(A2AFailure.Unreachable, "The agent has no endpoint any more.") { NeverSent = true };
    }

    /// <summary>Sends what is pending. True when the agent is to push what comes after its answer.</summary>
    private async Task<bool> SendAsync(Exchange exchange, Way way, CancellationToken cancellationToken)
    {
        var (carried, target, streams) = (exchange.Carried, way.Target, way.Streams);
        var agent = carried.Call.ServedBy;
        var pushed = way.Pushes && !streams;
        var (sequence, message) = carried.Pending[0];
        var started = Stopwatch.GetTimestamp();
        faults.Reach("call.before_send");
        await carried.Report([new CallReport { Handed = sequence, Step = new CallReportStep("send", $"{target.Binding}, {(streams ? "streamed" : pushed ? "pushed" : "waited for")}", true, null, message.GetRawText().Length) }]);
        faults.Reach("call.after_send");
        var mine = A2AJson.Read<Message>(message) with { TaskId = carried.Call.RemoteTaskId, ContextId = carried.Call.RemoteContextId };
        var request = new SendMessageRequest
        {
            Message = mine,
            Metadata = CallUnits.Allowed(carried.Call.Tariff),
            Configuration = Wished(pushed),
        };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (streams)
                    await StreamAsync(exchange, client.StreamAsync(target, request, cancellationToken), started);
                else
                {
                    var answer = await client.SendAsync(target, request, cancellationToken);
                    await exchange.TakeAsync(new StreamResponse { Task = answer.Task, Message = answer.Message }, started);
                }
                return pushed;
            }
            catch (A2ACallException failure) when (pushed && failure.Error?.Code == A2AErrors.PushNotificationNotSupported.Code)
            {
                // Its card promised it. Polling does without.
                await carried.Report([new CallReport { Step = new CallReportStep("push", failure.Message, false, started) }]);
                pushed = false;
                request = request with { Configuration = Wished(pushed) };
            }
            catch (A2ACallException failure) when (failure.NeverSent && attempt == 1)
            {
                await carried.Report([new CallReport { Step = new CallReportStep("retry", failure.Message, false, started) }]);
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
            catch (A2ACallException failure) when (attempt == 1 && exchange.TaskId == carried.Call.RemoteTaskId && IsStale(agent, failure))
            {
                await carried.Report([new CallReport { Step = new CallReportStep("retry", "The token was not taken; with a new one.", false, started) }]);
                (target, _) = await TargetAsync(carried.Call, cancellationToken);
            }
            catch (A2ACallException failure) when (streams && exchange is { TaskId: not null, IsRunning: true } && failure.Failure is A2AFailure.Unreachable)
            {
                // The stream broke: the task is known and can be asked for.
                await carried.Report([new CallReport { Step = new CallReportStep("poll", failure.Message, false) }]);
                return way.Pushes && await AskForPushesAsync(carried, target, exchange.TaskId, cancellationToken);
            }
        }

        SendMessageConfiguration Wished(bool push) => new()
        {
            ReturnImmediately = !streams && (push || target.Limits.Total > TimeSpan.FromSeconds(90)) ? true : null,
            TaskPushNotificationConfig = push ? ReceiverOf(carried.Call, null) : null,
        };
    }

    private TaskPushNotificationConfig ReceiverOf(Call call, string? task) => new()
    {
        Id = call.Id.ToString(),
        TaskId = task,
        Url = new Uri(installation.PublicUrl!, $"a2a/notifications/{call.Id}").ToString(),
        Token = tokens.For(call.Id, call.ServedBy),
    };

    private async Task<bool> AskForPushesAsync(CarriedCall carried, A2ATarget target, string task, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreatePushConfigAsync(target with { Limits = new A2ALimits { Total = TimeSpan.FromSeconds(10) } }, ReceiverOf(carried.Call, task), cancellationToken);
            return true;
        }
        catch (A2ACallException failure)
        {
            // Polling does without.
            await carried.Report([new CallReport { Step = new CallReportStep("push", failure.Message, false) }]);
            return false;
        }
    }

    private static async Task StreamAsync(Exchange exchange, IAsyncEnumerable<StreamResponse> events, long started)
    {
        await foreach (var happened in events)
        {
            await exchange.TakeAsync(happened, started);
            if (!exchange.IsRunning)
                return;
        }
    }

    private async Task PollAsync(Exchange exchange, A2ATarget target, ICallWatch? watch, CancellationToken cancellationToken)
    {
        var (wait, longest) = watch is null ? (FirstPoll, LongestPoll) : (FirstPollBesidePushes, LongestPollBesidePushes);
        while (exchange.IsRunning)
        {
            if (watch is null)
            {
                await Task.Delay(wait, cancellationToken);
            }
            else
            {
                // However fast the agent pushes, it is not asked faster than this.
                await Task.Delay(BetweenPushes, cancellationToken);
                await watch.WaitAsync(wait, cancellationToken);
            }
            wait = wait * 1.6 < longest ? wait * 1.6 : longest;
            A2ATask task;
            try
            {
                task = await client.GetTaskAsync(target, new GetTaskRequest { Id = exchange.TaskId! }, cancellationToken);
            }
            catch (A2ACallException failure) when (IsStale(exchange.Carried.Call.ServedBy, failure))
            {
                // A long task outlives its token.
                (target, _) = await TargetAsync(exchange.Carried.Call, cancellationToken);
                continue;
            }
            await exchange.TakeAsync(new StreamResponse { Task = task }, null);
        }
    }

    private bool IsStale(AgentId agent, A2ACallException failure) => failure is { Failure: A2AFailure.Unauthorized, HttpStatus: 401 } && targets.Renew(agent);

    private static string CodeOf(A2ACallException failure) => failure.Failure switch
    {
        A2AFailure.Unreachable => "calls.agent_unreachable",
        A2AFailure.Blocked => "calls.endpoint_blocked",
        A2AFailure.TimedOut => CallFailures.Late,
        A2AFailure.TooLarge => "calls.answer_too_large",
        A2AFailure.InvalidAnswer => "calls.invalid_answer",
        A2AFailure.Unauthorized => "calls.agent_unauthorized",
        A2AFailure.Overloaded => "calls.agent_busy",
        A2AFailure.Refused => "calls.agent_refused",
        _ => "calls.agent_error",
    };

    /// <summary>How an agent is called: where, whether it streams, and whether it can push its news to this installation.</summary>
    private sealed record Way(A2ATarget Target, bool Streams, bool Pushes);

    /// <summary>What the agent says, event by event, as reports; what was said before is not said again.</summary>
    private sealed class Exchange(CarriedCall carried, IFaultPoints faults)
    {
        private readonly HashSet<string> _artifacts = new(StringComparer.Ordinal);
        private CallState _state = carried.Call.State;
        private bool _answered;

        public CarriedCall Carried => carried;

        public string? TaskId { get; private set; } = carried.Call.RemoteTaskId;

        public bool IsRunning { get; private set; } = true;

        public async Task TakeAsync(StreamResponse happened, long? started)
        {
            faults.Reach("call.before_answer");
            var reports = new List<CallReport>();
            if (!_answered && started is not null)
                reports.Add(new CallReport { Step = new CallReportStep("first_answer", happened.Task is not null ? "a task" : happened.Message is not null ? "a message" : "an event", true, started, A2AJson.Write(happened).Length) });
            // Whoever goes on with a task is first told how it stood: that it waited for this very message is no answer to it.
            var stale = !_answered && carried.Call.RemoteTaskId is not null && happened.State?.IsInterrupted() == true;
            _answered = true;
            if (happened.Task is { } task)
            {
                TaskId = task.Id;
                reports.Add(new CallReport { RemoteTaskId = task.Id, RemoteContextId = task.ContextId, Units = CallUnits.Of(task.Metadata) });
                reports.AddRange((task.Artifacts ?? []).Where(a => _artifacts.Add(a.ArtifactId)).Select(a => new CallReport { Artifact = A2AJson.ToElement(a), LastChunk = true }));
                if (!stale)
                    Become(task.Status, reports);
            }
            else if (happened.Message is { } message)
            {
                reports.Add(new CallReport { Units = CallUnits.Of(message.Metadata) });
                Become(new A2ATaskStatus { State = TaskState.Completed, Message = message }, reports);
            }
            else if (happened.ArtifactUpdate is { } part)
            {
                _artifacts.Add(part.Artifact.ArtifactId);
                reports.Add(new CallReport { Artifact = A2AJson.ToElement(part.Artifact), Append = part.Append == true, LastChunk = part.LastChunk == true, RemoteTaskId = part.TaskId });
                TaskId ??= part.TaskId;
            }
            else if (happened.StatusUpdate is { } update)
            {
                TaskId ??= update.TaskId;
                reports.Add(new CallReport { RemoteTaskId = update.TaskId, RemoteContextId = update.ContextId, Units = CallUnits.Of(update.Metadata) });
                Become(update.Status, reports);
            }
            if (reports.Count > 0)
                await carried.Report([.. reports]);
            faults.Reach("call.after_answer");
        }

        private void Become(A2ATaskStatus status, List<CallReport> reports)
        {
            var state = status.State switch
            {
                TaskState.Working => CallState.Working,
                TaskState.InputRequired => CallState.InputRequired,
                TaskState.AuthRequired => CallState.AuthRequired,
                TaskState.Completed => CallState.Completed,
                TaskState.Failed => CallState.Failed,
                TaskState.Canceled => CallState.Canceled,
                TaskState.Rejected => CallState.Rejected,
                _ => CallState.Submitted,
            };
            IsRunning = status.State.IsRunning();
            if (state == CallState.Submitted || (state == _state && IsRunning && status.Message is null))
                return;
            _state = state;
            reports.Add(new CallReport { State = state, Message = status.Message is null ? null : A2AJson.ToElement(status.Message) });
        }
    }
}
