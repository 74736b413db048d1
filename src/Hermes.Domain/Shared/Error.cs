namespace Hermes.Domain.Shared;

/// <summary>What kind of refusal an <see cref="Error"/> is; the API maps it to a status code.</summary>
public enum ErrorKind
{
    /// <summary>The input is malformed or breaks a rule that needs no state to check (400/422).</summary>
    Invalid,
    /// <summary>The caller is not signed in or its key is unknown (401).</summary>
    Unauthenticated,
    /// <summary>The caller is known and lacks the permission (403).</summary>
    Forbidden,
    /// <summary>The subject does not exist for this caller (404).</summary>
    NotFound,
    /// <summary>The subject's present state does not allow the act (409).</summary>
    Conflict,
    /// <summary>An <c>If-Match</c> that names an older version (412).</summary>
    PreconditionFailed,
    /// <summary>The payer's balance does not cover the amount (402).</summary>
    InsufficientFunds,
    /// <summary>The caller went over a rate or a quota (429).</summary>
    LimitExceeded,
    /// <summary>A part that is needed is not there at the moment; trying again later may work (503).</summary>
    Unavailable,
}

/// <summary>
/// A refused use case: a stable code (<c>mesh.window_closed</c>), a sentence for people, and optionally the
/// input members that are wrong. Two errors are equal when code, kind and message are.
/// </summary>
/// <param name="Code">Stable, lower case, <c>capability.reason</c>.</param>
/// <param name="Message">One sentence that says what is wrong and, where possible, what to do.</param>
/// <param name="Kind">What kind of refusal.</param>
public sealed record Error(string Code, string Message, ErrorKind Kind)
{
    /// <summary>Messages by input member in snake_case; null unless the input was invalid.</summary>
    public IReadOnlyDictionary<string, string[]>? Members { get; init; }

    /// <summary>The input is malformed or breaks a rule.</summary>
    public static Error Invalid(string code, string message) => new(code, message, ErrorKind.Invalid);

    /// <summary>The subject does not exist for this caller.</summary>
    public static Error NotFound(string code, string message) => new(code, message, ErrorKind.NotFound);

    /// <summary>The present state does not allow the act.</summary>
    public static Error Conflict(string code, string message) => new(code, message, ErrorKind.Conflict);

    /// <summary>The caller lacks the permission.</summary>
    public static Error Forbidden(string code, string message) => new(code, message, ErrorKind.Forbidden);

    /// <summary>Input members that are wrong, as the validators found them.</summary>
    public static Error Validation(IReadOnlyDictionary<string, string[]> members) =>
        new("request.invalid", "Some fields are not valid.", ErrorKind.Invalid) { Members = members };
}
