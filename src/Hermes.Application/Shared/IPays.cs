using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>
/// What a command that holds or pays is about, so that Hermes knows a retry by itself, whatever key it brings. Together with the
/// payer (tenant and acting person or agent) it makes a key of Hermes' own.
/// </summary>
/// <param name="Purpose">What is done: <c>call.hold</c>. One word per kind of command.</param>
/// <param name="SubjectId">Whom or what it is for: the agent that is called, the account that is paid out; empty where the content says all.</param>
/// <param name="Amount">What is held or paid; null where the content says it.</param>
/// <param name="Content">Everything else that makes two of them the same: the message, the terms. Kept as a hash only.</param>
public sealed record PaymentCause(string Purpose, Guid SubjectId, Money? Amount, string Content);

/// <summary>
/// A command that holds or pays once: sent again with the same cause by the same payer within the window
/// (<c>Hermes:Idempotency:DerivedWindow</c>) it does nothing and answers what the first one answered. For commands whose cause
/// follows from the request; others ask <see cref="IPaysOnce"/> in their handler.
/// </summary>
public interface IPays
{
    /// <summary>The cause; null for an intended repeat, or where nothing is held or paid.</summary>
    PaymentCause? Cause { get; }
}

/// <summary>For handlers that know what they pay only after a look at the data.</summary>
public interface IPaysOnce
{
    /// <summary>
    /// Null for the first with this cause within the window: go on, and what the command answers is kept with its commit. Else the
    /// first one's answer: return it at once. A concurrent command with the same cause waits here for the first one's end; one
    /// that is refused or rolls back leaves nothing behind.
    /// </summary>
    /// <typeparam name="T">What the command answers.</typeparam>
    Task<T?> EarlierAsync<T>(PaymentCause cause, CancellationToken cancellationToken) where T : class;
}
