using System.Collections.Frozen;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>A call of one agent.</summary>
public readonly record struct CallId(Guid Value) : IId<CallId>
{
    /// <inheritdoc />
    public static CallId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>Where a call is on its way; the task states of the agents' protocol.</summary>
public enum CallState
{
    /// <summary>Permitted, paid for in escrow, handed to the agent's connection.</summary>
    Submitted,
    /// <summary>The agent said that it works on it.</summary>
    Working,
    /// <summary>The agent waits for a further message of the caller.</summary>
    InputRequired,
    /// <summary>The agent waits for the caller to prove itself somewhere.</summary>
    AuthRequired,
    /// <summary>Done and paid. Final.</summary>
    Completed,
    /// <summary>The agent failed or was late, the price went back. Final.</summary>
    Failed,
    /// <summary>Called off by the caller, the price went back. Final.</summary>
    Canceled,
    /// <summary>The agent did not want it, the price went back. Final.</summary>
    Rejected,
}

/// <summary>What can happen to a call.</summary>
public enum CallAct
{
    /// <summary>The agent works.</summary>
    Work,
    /// <summary>The agent asks for input.</summary>
    AskInput,
    /// <summary>The agent asks for proof.</summary>
    AskAuth,
    /// <summary>The caller says something more.</summary>
    Say,
    /// <summary>The agent hands in a part of its result.</summary>
    Produce,
    /// <summary>The agent is done.</summary>
    Complete,
    /// <summary>The agent gave up, could not be reached or was late.</summary>
    Fail,
    /// <summary>The caller calls it off.</summary>
    Cancel,
    /// <summary>The agent does not want it.</summary>
    Reject,
}

/// <summary>The one table of what may happen when, and where it leads. What is not listed is refused.</summary>
public static class CallTransitions
{
    /// <summary>State reached, by present state and act.</summary>
    public static readonly FrozenDictionary<(CallState From, CallAct Act), CallState> Table = Make();

    /// <summary>States that nothing leads out of.</summary>
    public static readonly FrozenSet<CallState> Final =
        new[] { CallState.Completed, CallState.Failed, CallState.Canceled, CallState.Rejected }.ToFrozenSet();

    /// <summary>States in which the agent waits for the caller; a waiting caller gets its answer then.</summary>
    public static readonly FrozenSet<CallState> Interrupted =
        new[] { CallState.InputRequired, CallState.AuthRequired }.ToFrozenSet();

    /// <summary>The state that the act leads to, or <see cref="CallErrors.IllegalTransition"/>.</summary>
    public static Result<CallState> Next(CallState from, CallAct act) =>
        Table.TryGetValue((from, act), out var to) ? to : CallErrors.IllegalTransition(from, act);

    private static FrozenDictionary<(CallState, CallAct), CallState> Make()
    {
        var table = new Dictionary<(CallState, CallAct), CallState>
        {
            [(CallState.Submitted, CallAct.Say)] = CallState.Submitted,
            [(CallState.Working, CallAct.Say)] = CallState.Working,
            [(CallState.InputRequired, CallAct.Say)] = CallState.Working,
            [(CallState.AuthRequired, CallAct.Say)] = CallState.Working,
        };
        // An agent may say anything while the call is open; the same again is no fault.
        foreach (var open in new[] { CallState.Submitted, CallState.Working, CallState.InputRequired, CallState.AuthRequired })
        {
            table[(open, CallAct.Work)] = CallState.Working;
            table[(open, CallAct.AskInput)] = CallState.InputRequired;
            table[(open, CallAct.AskAuth)] = CallState.AuthRequired;
            table[(open, CallAct.Produce)] = open == CallState.Submitted ? CallState.Working : open;
            table[(open, CallAct.Complete)] = CallState.Completed;
            table[(open, CallAct.Fail)] = CallState.Failed;
            table[(open, CallAct.Cancel)] = CallState.Canceled;
            table[(open, CallAct.Reject)] = CallState.Rejected;
        }
        return table.ToFrozenDictionary();
    }
}
