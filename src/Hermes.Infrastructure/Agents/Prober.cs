using System.Diagnostics;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Agents;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// One message and, where the card says so, one stream: cheap enough to repeat, and enough to see that the agent keeps its
/// tasks. Whatever the agent does, the probe ends in time and with a sentence that tells its owner what is wrong.
/// </summary>
internal sealed class Prober(IAgentCardReader cards, IA2AClient client, ICallCredentials credentials, ProbeSettings settings) : IProber
{
    internal const string Question = "This is a probe by Hermes to see that you can be called. Please answer shortly, for instance with OK.";
    private const int MostEvents = 1_000;
    private const int MostBytes = 1024 * 1024;

    // A stream that goes on after its task was called off this long ago has no end.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private TimeSpan Step => TimeSpan.FromSeconds(settings.StepSeconds);

    public async Task<ProbeOutcome> ProbeAsync(AgentId agent, Uri endpoint, CancellationToken cancellationToken)
    {
        var run = new Run(cancellationToken);
        FetchedCard? card = null;
        A2ATarget? target = null;
        A2ATask? task = null;
        await run.StepAsync("card", async ct =>
        {
            card = await cards.ReadAsync(endpoint, await credentials.CertificateAsync(agent, ct), ct);
            target = await credentials.TargetAsync(agent, endpoint, card.Card, card.Interface, ct);
            target = target with { Limits = new A2ALimits { Total = Step, Silence = Step, MaxBytes = MostBytes, MaxEventBytes = MostBytes } };
            return $"“{Short(card.Card.Name)}”, version {Short(card.Card.Version)}, by {card.Interface.ProtocolBinding}.";
        });
        await run.StepAsync("message", async ct =>
        {
            var answer = await client.SendAsync(target!, Ask(returnImmediately: true), ct);
            task = answer.Task;
            if (task is not null)
                return $"Answered by a task, {Name(task.Status.State)}.";
            if (answer.Message!.Parts.Count == 0 || answer.Message.Role == Role.User)
                throw new ProbeFailedException("invalid_answer", "The message that it answers with is empty or not its own.");
            return "Answered by a message.";
        });
        await run.StepAsync("task", async ct =>
        {
            var read = await client.GetTaskAsync(target!, new GetTaskRequest { Id = task!.Id, HistoryLength = 0 }, ct);
            task = read;
            return $"Read again, {Name(read.Status.State)}.";
        }, () => task is null ? "It answers by messages and keeps no tasks." : null);
        await run.StepAsync("cancel", ct => CancelAsync(target!, task!, ct), () => task is null ? "It answers by messages and keeps no tasks." : null);
        await run.StepAsync("stream", ct => StreamAsync(target!, ct), () => card!.Card.Capabilities?.Streaming == true ? null : "Its card doesn't promise streaming.");
        return new ProbeOutcome(run.Steps, run.Failure, card);
    }

    private async Task<string> CancelAsync(A2ATarget target, A2ATask task, CancellationToken cancellationToken)
    {
        try
        {
            var canceled = await client.CancelTaskAsync(target, new CancelTaskRequest { Id = task.Id }, cancellationToken);
            return $"Called off; the task is {Name(canceled.Status.State)}.";
        }
        catch (A2ACallException refused) when (refused.Error?.Code == A2AErrors.TaskNotCancelable.Code || refused.Error?.Code == A2AErrors.UnsupportedOperation.Code)
        {
            // Between reading and calling off, a quick agent may have finished.
            var now = task.Status.State.IsTerminal() ? task : await client.GetTaskAsync(target, new GetTaskRequest { Id = task.Id, HistoryLength = 0 }, cancellationToken);
            return now.Status.State.IsTerminal()
                ? "Rightly refused: the task was over."
                : throw new ProbeFailedException("cancel_refused", $"It refuses to call off a task that is {Name(now.Status.State)}.");
        }
    }

    private async Task<string> StreamAsync(A2ATarget target, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        string? task = null;
        var (count, over, calledOff) = (0, false, false);
        // The time is this method's own: after it the task is called off, and then the stream has to end.
        var patience = target with { Limits = target.Limits with { Total = Step + Farewell + Farewell } };
        var started = Stopwatch.GetTimestamp();
        ends.CancelAfter(Step + Farewell);
        try
        {
            await foreach (var one in client.StreamAsync(patience, Ask(returnImmediately: false), ends.Token))
            {
                if (count++ == 0 && one.Task is null && one.Message is null)
                    throw new ProbeFailedException("invalid_answer", "The stream's first event is neither a task nor a message.");
                if (over)
                    throw new ProbeFailedException("stream_endless", "The stream goes on after its task has ended.");
                if (count > MostEvents)
                    throw new ProbeFailedException("stream_endless", $"The stream has no end: more than {MostEvents} events.");
                task ??= one.Task?.Id;
                over = one.Message is not null || one.State is { } state && (state.IsTerminal() || state.IsInterrupted());
                if (!calledOff && !over && task is not null && Stopwatch.GetElapsedTime(started) > Step)
                {
                    calledOff = true;
                    await CancelAsync(target, new A2ATask { Id = task }, cancellationToken);
                }
            }
        }
        catch (Exception late) when (late is OperationCanceledException or A2ACallException { Failure: A2AFailure.TimedOut } && !cancellationToken.IsCancellationRequested)
        {
            // Whether this method's time is over first, or the call's own, or that of calling the task off, is up to how busy the machine is.
            if (over)
                return $"{count} events; the task ended, the stream was left open.";
            throw new ProbeFailedException(count == 0 ? "timed_out" : "stream_endless", count == 0
                ? $"The stream is silent for {settings.StepSeconds} seconds."
                : $"The stream doesn't end: {count} events in {(int)(Step + Farewell).TotalSeconds} seconds, {(calledOff ? "and its task was called off" : "and it can't be called off: it names no task")}.");
        }
        if (count == 0)
            throw new ProbeFailedException("invalid_answer", "The stream ended without an event.");
        return over || calledOff ? $"{count} events, then the end." : throw new ProbeFailedException("invalid_answer", "The stream ended while its task was still at work.");
    }

    private static SendMessageRequest Ask(bool returnImmediately) => new()
    {
        Message = Message.FromUser(Guid.NewGuid().ToString(), Question) with
        {
            Metadata = new Dictionary<string, JsonElement> { ["hermes.probe"] = JsonElement.Parse("true") },
        },
        Configuration = new SendMessageConfiguration { ReturnImmediately = returnImmediately, HistoryLength = 0 },
    };

    private static string Name(TaskState state) => A2AJson.ToElement(state).GetString()!["TASK_STATE_".Length..].Replace('_', ' ').ToLowerInvariant();

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private static string FailureOf(A2ACallException failure) => failure.Failure switch
    {
        A2AFailure.Refused => "refused",
        A2AFailure.Unreachable => "unreachable",
        A2AFailure.Blocked => "blocked",
        A2AFailure.TimedOut => "timed_out",
        A2AFailure.TooLarge => "too_large",
        A2AFailure.Unauthorized => "unauthorized",
        A2AFailure.Overloaded => "overloaded",
        A2AFailure.HttpError => "http_error",
        _ => "invalid_answer",
    };

    /// <summary>The steps of one probe: after one that failed no other is taken.</summary>
    private sealed class Run(CancellationToken cancellationToken)
    {
        private readonly List<ProbeStep> _steps = [];

        public IReadOnlyList<ProbeStep> Steps => _steps;

        public string? Failure { get; private set; }

        public async Task StepAsync(string name, Func<CancellationToken, Task<string>> act, Func<string?>? skip = null)
        {
            if (Failure is not null)
                return;
            if (skip?.Invoke() is { } why)
            {
                _steps.Add(new ProbeStep(name, ProbeStepOutcome.Skipped, 0, why));
                return;
            }
            var started = Stopwatch.GetTimestamp();
            var (outcome, said) = (ProbeStepOutcome.Failed, "");
            try
            {
                (said, outcome) = (await act(cancellationToken), ProbeStepOutcome.Passed);
            }
            catch (A2ACallException failure)
            {
                (Failure, said) = (FailureOf(failure), failure.Message);
            }
            catch (ProbeFailedException failure)
            {
                (Failure, said) = (failure.Failure, failure.Message);
            }
            _steps.Add(new ProbeStep(name, outcome, (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds, said));
        }
    }

    /// <summary>The agent answers, but not as it has to.</summary>
    private sealed class ProbeFailedException(string failure, string message) : Exception(message)
    {
        public string Failure { get; } = failure;
    }
}
