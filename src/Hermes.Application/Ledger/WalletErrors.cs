using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger;

/// <summary>Refusals of the wallet's use cases.</summary>
public static class WalletErrors
{
    /// <summary>No such organisation for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("wallet.not_found", "There is no such wallet.");

    /// <summary>Credits out of nothing are for development.</summary>
    public static readonly Error CreditsOff = Error.Forbidden("wallet.credits_off", "Development credits are switched off in this installation.");

    /// <summary>The entries of a statement's month are archived.</summary>
    public static readonly Error MonthArchived = Error.Conflict("wallet.month_archived", "The entries of that month are archived; ask this installation's operators for it.");

    /// <summary>The caller's idempotency key stands for other credits.</summary>
    public static readonly Error KeyReused = Error.Invalid("idempotency.key_reused", "This Idempotency-Key was used with another request; use a new key.");
}
