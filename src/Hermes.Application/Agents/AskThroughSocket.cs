using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Agents;

/// <summary>
/// Probes an agent without endpoint: a call goes down its socket, wherever that is, which looks like any other and costs
/// nothing. Its id is the probe's lease; <see cref="AnswerProbe"/> takes the answer.
/// </summary>
/// <param name="Due">Whose turn it is.</param>
/// <param name="Question">What the agent is asked.</param>
/// <param name="DeadlineAt">Until when an answer counts.</param>
[RequiresSystem]
public sealed record AskThroughSocket(DueProbe Due, string Question, DateTimeOffset DeadlineAt) : ICommand<Done>;

internal sealed class AskThroughSocketHandler(IOutbox outbox) : IRequestHandler<AskThroughSocket, Result<Done>>
{
    public Task<Result<Done>> Handle(AskThroughSocket request, CancellationToken cancellationToken)
    {
        outbox.Add(AgentEvents.ProbeCallOf(request.Due, request.Question, request.DeadlineAt));
        return Task.FromResult<Result<Done>>(Done.Ok);
    }
}
