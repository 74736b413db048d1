using System.Net.Mail;

namespace Hermes.Domain.Shared;

/// <summary>E-mail addresses as people write them.</summary>
public static class EmailAddress
{
    /// <summary>Most characters (RFC 5321's path).</summary>
    public const int MaxLength = 254;

    /// <summary>True for <c>local@domain</c> without a display name, blanks or control characters.</summary>
    public static bool IsValid(string? text) =>
        text is { Length: > 2 and <= MaxLength }
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or '"' or ',' or ';')
        && MailAddress.TryCreate(text, out var address)
        && address.Address == text
        && address.User.Length <= 64;

    /// <summary>How two spellings are compared: upper case, invariant.</summary>
    public static string Normalize(string text) => text.Trim().ToUpperInvariant();
}
