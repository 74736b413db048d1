using System.Text.Json;
using System.Text.Json.Nodes;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>A call as caller and agent's owner see it.</summary>
/// <param name="Id">The call; the task's id in the protocol.</param>
/// <param name="ConversationId">The conversation.</param>
/// <param name="ContextId">The conversation's name as the caller knows it; its id in the protocol.</param>
/// <param name="AgentId">The agent that was asked.</param>
/// <param name="ServedBy">The agent that took it.</param>
/// <param name="CallerAgentId">The calling agent; null for a person.</param>
/// <param name="State">Where it is.</param>
/// <param name="Transport">How it goes to the agent.</param>
/// <param name="Price">What it costs at most.</param>
/// <param name="Payment">What became of the price.</param>
/// <param name="Error">Why it failed; null unless it did.</param>
/// <param name="ContractId">The contract that it was posted as; null but for calls of the mesh.</param>
/// <param name="CreatedAt">When it was taken.</param>
/// <param name="ChangedAt">When its state last changed.</param>
/// <param name="DeadlineAt">When it fails by itself.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="LastSequence">Its last event's number.</param>
/// <param name="IsMine">True when the viewer's tenant called.</param>
/// <param name="Charged">What was paid of the price; null until it is settled.</param>
/// <param name="Tariff">By which reported units are charged; null for the whole price.</param>
/// <param name="Units">Units that the agent reported; null for none.</param>
public sealed record CallView(
    CallId Id, Guid ConversationId, string ContextId, AgentId AgentId, AgentId ServedBy, AgentId? CallerAgentId, CallState State, CallTransport Transport, Money Price,
    CallPayment Payment, CallFailure? Error, ContractId? ContractId, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, DateTimeOffset DeadlineAt,
    DateTimeOffset? EndedAt, int LastSequence, bool IsMine, Money? Charged = null, UnitTariff? Tariff = null, long? Units = null)
{
    /// <summary>True when nothing more happens.</summary>
    public bool IsEnded => CallTransitions.Final.Contains(State);

    /// <summary>True when it ended or waits for the caller.</summary>
    public bool IsAnswered => IsEnded || CallTransitions.Interrupted.Contains(State);

    /// <summary>As the viewer's tenant sees it; null for nobody's view.</summary>
    public static CallView Of(Call c, TenantId? viewer) => new(
        c.Id, c.ConversationId, c.ContextId, c.AgentId, c.ServedBy, c.CallerAgentId, c.State, c.Transport, c.Price, c.Payment,
        c.ErrorCode is null ? null : new CallFailure(c.ErrorCode, c.ErrorMessage ?? ""), c.ContractId, c.CreatedAt, c.ChangedAt, c.DeadlineAt, c.EndedAt,
        c.LastSequence, c.TenantId == viewer, c.ChargedMicroUnits is { } charged ? new Money(charged, c.Price.Currency) : null, c.Tariff, c.Units);
}

/// <summary>Why a call failed.</summary>
/// <param name="Code">Stable: <c>calls.timeout</c>.</param>
/// <param name="Message">For people.</param>
public sealed record CallFailure(string Code, string Message);

/// <summary>An event of a call.</summary>
/// <param name="Sequence">Its place, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="State">The state after it.</param>
/// <param name="Body">The protocol's message or artifact; null for a status without a word.</param>
/// <param name="Append">The artifact goes on one of the same id.</param>
/// <param name="LastChunk">The artifact is complete.</param>
/// <param name="At">When it happened.</param>
/// <param name="Omitted">True where the body is too large for this list: the call itself has it.</param>
public sealed record CallEventView(int Sequence, CallEventKind Kind, CallState State, JsonElement? Body, bool Append, bool LastChunk, DateTimeOffset At, bool Omitted = false)
{
    /// <summary>Of the stored row.</summary>
    public static CallEventView Of(CallEvent e) => new(e.Sequence, e.Kind, e.State, e.Body is null ? null : JsonElement.Parse(e.Body), e.Append, e.LastChunk, e.At);
}

/// <summary>A call with events.</summary>
/// <param name="Call">The call.</param>
/// <param name="Events">In order.</param>
public sealed record CallProgress(CallView Call, IReadOnlyList<CallEventView> Events);

/// <summary>A call with all that came of it.</summary>
/// <param name="Call">The call.</param>
/// <param name="Artifacts">Its results as the protocol writes them, put together from their parts.</param>
/// <param name="Messages">What was said, in order.</param>
/// <param name="Text">The texts of the results, else of the agent's last word; may be empty.</param>
public sealed record CallResult(CallView Call, IReadOnlyList<JsonElement> Artifacts, IReadOnlyList<JsonElement> Messages, string Text)
{
    /// <summary>Puts a result together from a call's events.</summary>
    public static CallResult Of(CallView call, IReadOnlyList<CallEventView> events)
    {
        var artifacts = Assemble(events);
        var messages = events.Where(e => e.Kind != CallEventKind.Artifact && e.Body is not null).Select(e => e.Body!.Value).ToList();
        var texts = artifacts.Select(a => CallMessage.TextOf(a.GetRawText())).Where(t => t.Length > 0).ToList();
        var last = events.LastOrDefault(e => e is { Kind: CallEventKind.Status, Body: not null });
        return new CallResult(call, artifacts, messages, texts.Count > 0 ? string.Join('\n', texts) : CallMessage.TextOf(last?.Body?.GetRawText()));
    }

    /// <summary>Artifacts from their events: later parts with <c>append</c> go on what is there, others replace it.</summary>
    public static IReadOnlyList<JsonElement> Assemble(IEnumerable<CallEventView> events)
    {
        var order = new List<string>();
        var byId = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var e in events.Where(e => e is { Kind: CallEventKind.Artifact, Body: not null }))
        {
            var artifact = JsonObject.Create(e.Body!.Value)!;
            var id = artifact["artifactId"]!.GetValue<string>();
            if (e.Append && byId.TryGetValue(id, out var known))
            {
                foreach (var part in artifact["parts"]!.AsArray())
                    known["parts"]!.AsArray().Add(part!.DeepClone());
                continue;
            }
            if (!byId.ContainsKey(id))
                order.Add(id);
            byId[id] = artifact;
        }
        return order.ConvertAll(id => JsonElement.Parse(byId[id].ToJsonString(CallMessage.Protocol)));
    }
}
