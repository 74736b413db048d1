using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Calls;

/// <summary>A call as it is carried to an agent.</summary>
/// <param name="Call">The call.</param>
/// <param name="Messages">All messages of the caller, in order, with their events' numbers.</param>
/// <param name="Pending">Those that the agent has not got yet.</param>
/// <param name="Report">Takes what the agent says; throws <see cref="OperationCanceledException"/> when the call is over.</param>
internal sealed record CarriedCall(Call Call, IReadOnlyList<(int Sequence, JsonElement Message)> Messages, IReadOnlyList<(int Sequence, JsonElement Message)> Pending, Func<CallReport[], Task> Report)
{
    /// <summary>Reads anew whether the call has ended: work for it may stop also because this node stops, or lost the call to another.</summary>
    public required Func<Task<bool>> IsEnded { get; init; }

    /// <summary>The last message's text.</summary>
    public string LastText => CallMessage.TextOf(Messages[^1].Message.GetRawText());
}

/// <summary>An agent that is a part of Hermes.</summary>
internal interface IBuiltInAgent
{
    /// <summary>Which.</summary>
    AgentId Id { get; }

    /// <summary>Answers until the call is ended or interrupted; called again after the caller's next message, or by another node when this one died.</summary>
    Task AnswerAsync(CarriedCall carried, CancellationToken cancellationToken);
}
