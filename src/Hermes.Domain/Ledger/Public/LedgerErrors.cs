using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>How the ledger refuses.</summary>
public static class LedgerErrors
{
    /// <summary>An account that may not go below zero would.</summary>
    public static readonly Error InsufficientFunds =
        new("ledger.insufficient_funds", "The balance does not cover this amount.", ErrorKind.InsufficientFunds);

    /// <summary>The idempotency key was used for a transfer with other content.</summary>
    public static readonly Error KeyReused =
        Error.Conflict("ledger.key_reused", "This idempotency key belongs to another transfer.");

    /// <summary>The postings of one currency do not add up to zero.</summary>
    public static readonly Error Unbalanced =
        Error.Invalid("ledger.unbalanced", "The postings of a transfer must add up to zero in each currency.");

    /// <summary>Fewer than two accounts would change.</summary>
    public static readonly Error Empty =
        Error.Invalid("ledger.empty", "A transfer must move money between at least two accounts.");

    /// <summary>A key, purpose, subject or note is missing or too long, or an account is not one that can be.</summary>
    public static readonly Error Malformed =
        Error.Invalid("ledger.malformed", "The transfer lacks a part or has one that is too long.");

    /// <summary>One posting, or the balance it would lead to, is beyond what an account can hold.</summary>
    public static readonly Error OutOfRange =
        Error.Invalid("ledger.out_of_range", "The amount is larger than the ledger can book.");

    /// <summary>The ledger stopped, is overloaded or lost its database. Nothing is lost or doubled by a retry with the same key.</summary>
    public static readonly Error Unavailable =
        new("ledger.unavailable", "The ledger can't be reached at the moment; try again with the same key.", ErrorKind.Unavailable);
}
