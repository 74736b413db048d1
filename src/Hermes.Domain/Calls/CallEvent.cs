using System.Text;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>What an event of a call is.</summary>
public enum CallEventKind
{
    /// <summary>The caller said something.</summary>
    Message,
    /// <summary>The state changed, perhaps with a word of the agent.</summary>
    Status,
    /// <summary>A part of the result.</summary>
    Artifact,
}

/// <summary>Something that happened in a call, in order; what streams and tasks are made of.</summary>
public sealed class CallEvent : ITenantOwned
{
    private CallEvent() { }

    /// <summary>Its call.</summary>
    public CallId CallId { get; private set; }

    /// <summary>Its place within the call, from 1.</summary>
    public int Sequence { get; private set; }

    /// <summary>The caller's tenant.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent's tenant, which sees it, too.</summary>
    public TenantId AgentTenantId { get; private set; }

    /// <summary>What it is.</summary>
    public CallEventKind Kind { get; private set; }

    /// <summary>The state after it.</summary>
    public CallState State { get; private set; }

    /// <summary>A message (also of a status) or an artifact as the protocol writes it; null for a status without a word.</summary>
    public string? Body { get; private set; }

    /// <summary>Size of the body in UTF-8; 0 without one.</summary>
    public int Bytes { get; private set; }

    /// <summary>True when the artifact goes on one of the same id.</summary>
    public bool Append { get; private set; }

    /// <summary>True when the artifact is complete.</summary>
    public bool LastChunk { get; private set; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>The call's next event.</summary>
    public static CallEvent Of(Call call, CallEventKind kind, string? body, TimeProvider clock, bool append = false, bool lastChunk = false) => new()
    {
        CallId = call.Id,
        Sequence = call.NextSequence(),
        TenantId = call.TenantId,
        AgentTenantId = call.AgentTenantId,
        Kind = kind,
        State = call.State,
        Body = body,
        Bytes = body is null ? 0 : Encoding.UTF8.GetByteCount(body),
        Append = append,
        LastChunk = lastChunk,
        At = clock.GetUtcNow(),
    };
}
