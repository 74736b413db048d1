using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>A step of a call's way through Hermes, with its time, size and cost.</summary>
public sealed class CallStep : ITenantOwned
{
    private CallStep() { }

    /// <summary>Its call.</summary>
    public CallId CallId { get; private set; }

    /// <summary>Its place, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The caller's tenant.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent's tenant, which sees it, too.</summary>
    public TenantId AgentTenantId { get; private set; }

    /// <summary>What was done: <c>permission</c>, <c>hold</c>, <c>send</c>, <c>answer</c>, <c>settle</c> …</summary>
    public string Name { get; private set; } = "";

    /// <summary>How it went, in a few words; never a payload.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>True when it went well.</summary>
    public bool Ok { get; private set; }

    /// <summary>Bytes that went or came; null where none did.</summary>
    public long? Bytes { get; private set; }

    /// <summary>How long it took, in microseconds; null for a moment.</summary>
    public long? Microseconds { get; private set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>The call's next step.</summary>
    public static CallStep Of(Call call, string name, string detail, bool ok, DateTimeOffset at, long? microseconds = null, long? bytes = null) => new()
    {
        CallId = call.Id,
        Number = call.NextStep(),
        TenantId = call.TenantId,
        AgentTenantId = call.AgentTenantId,
        Name = name,
        Detail = detail.Length > 300 ? detail[..300] : detail,
        Ok = ok,
        Bytes = bytes,
        Microseconds = microseconds,
        At = at,
    };
}
