using Hermes.Domain.Shared;

namespace Hermes.Domain.Identity;

/// <summary>Which passwords people may choose: long rather than complicated.</summary>
public static class PasswordRules
{
    /// <summary>Fewest characters.</summary>
    public const int MinLength = 12;

    /// <summary>Most characters, so that hashing stays cheap for us.</summary>
    public const int MaxLength = 200;

    private const int LeastDistinct = 5;

    /// <summary>Null when the password may be chosen, as far as that can be told without a list of breached ones.</summary>
    /// <param name="password">As typed; blanks count.</param>
    /// <param name="email">Its owner's address: a password is not made of it.</param>
    public static Error? Check(string? password, string? email)
    {
        if (password is null || password.Length < MinLength)
            return IdentityErrors.PasswordShort;
        if (password.Length > MaxLength)
            return IdentityErrors.PasswordLong;
        if (password.Distinct().Count() < LeastDistinct || IsRun(password))
            return IdentityErrors.PasswordWeak;
        var local = email?.Split('@')[0];
        if (local is { Length: >= 4 } && password.Contains(local, StringComparison.OrdinalIgnoreCase) && password.Length - local.Length < MinLength - 4)
            return IdentityErrors.PasswordWeak;
        return null;
    }

    // abcdefghijkl, 123456789012, lkjihgfedcba
    private static bool IsRun(string password)
    {
        int up = 0, down = 0;
        for (var i = 1; i < password.Length; i++)
        {
            var step = password[i] - password[i - 1];
            if (step is 1 or -9)
                up++;
            if (step is -1 or 9)
                down++;
        }
        return Math.Max(up, down) >= password.Length - 2;
    }
}
