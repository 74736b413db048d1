using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>A person's account.</summary>
/// <param name="Id">The person.</param>
/// <param name="Email">As the person wrote it.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="EmailConfirmed">False until the link in the mail was used; nobody signs in before.</param>
/// <param name="Stamp">Changes with every change of the password and by signing out everywhere; sessions carry it.</param>
/// <param name="ChosenTenant">The organisation chosen last; null before any.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record Account(PersonId Id, string Email, string Name, bool EmailConfirmed, string Stamp, TenantId? ChosenTenant, DateTimeOffset CreatedAt);

/// <summary>
/// People's accounts: addresses, password hashes, lockout. Belongs to no tenant, so all but <see cref="NamesAsync"/> is for
/// <see cref="Shared.IAcrossTenants"/> requests.
/// </summary>
public interface IPeople
{
    /// <summary>The account; null when there is none.</summary>
    Task<Account?> FindAsync(PersonId id, CancellationToken cancellationToken);

    /// <summary>The account with the address, however it is capitalised; null when there is none.</summary>
    Task<Account?> FindByEmailAsync(string email, CancellationToken cancellationToken);

    /// <summary>Makes an account.</summary>
    /// <returns>Refused when the password breaks the rules or the address is taken.</returns>
    Task<Result<Account>> CreateAsync(string email, string name, string password, bool confirmed, CancellationToken cancellationToken);

    /// <summary>
    /// Checks a password and counts failures: five in a row lock the account for some minutes. Takes the same time for
    /// unknown addresses. Commits by itself, since a refusal must be counted.
    /// </summary>
    /// <returns>The account, or <c>identity.sign_in_failed</c> for whatever reason.</returns>
    Task<Result<Account>> CheckPasswordAsync(string email, string password, CancellationToken cancellationToken);

    /// <summary>Spends the time that making an account takes, so that a known address is not told from an unknown one.</summary>
    void SpendHashingTime(string password);

    /// <summary>Null when the password may be chosen: <see cref="Domain.Identity.PasswordRules"/> and the list of breached ones.</summary>
    Task<Error?> CheckNewPasswordAsync(string password, string email, CancellationToken cancellationToken);

    /// <summary>A secret for the link that confirms the address.</summary>
    Task<string> MakeConfirmationAsync(PersonId id, CancellationToken cancellationToken);

    /// <summary>Confirms the address; refused when the secret is wrong or too old.</summary>
    Task<Result<Account>> ConfirmAsync(PersonId id, string secret, CancellationToken cancellationToken);

    /// <summary>A secret for the link that sets a new password; it works once and for some hours.</summary>
    Task<string> MakeResetAsync(PersonId id, CancellationToken cancellationToken);

    /// <summary>Sets a new password, ends the lock and every session, and confirms the address (its owner has the mail).</summary>
    Task<Result<Account>> ResetAsync(PersonId id, string secret, string password, CancellationToken cancellationToken);

    /// <summary>Changes the password, and ends every other session.</summary>
    Task<Result<Account>> ChangePasswordAsync(PersonId id, string present, string password, CancellationToken cancellationToken);

    /// <summary>Changes the name shown to others.</summary>
    Task RenameAsync(PersonId id, string name, CancellationToken cancellationToken);

    /// <summary>Ends every session of the person.</summary>
    Task EndSessionsAsync(PersonId id, CancellationToken cancellationToken);

    /// <summary>Remembers the organisation chosen last.</summary>
    Task RememberTenantAsync(PersonId id, TenantId tenant, CancellationToken cancellationToken);

    /// <summary>Names and addresses of people of the current tenant; others are left out.</summary>
    Task<IReadOnlyDictionary<PersonId, (string Name, string Email)>> NamesAsync(IReadOnlyCollection<PersonId> ids, CancellationToken cancellationToken);
}

/// <summary>A list of passwords that attackers know. The built-in one is small; a bigger one, or an online check, can take its place.</summary>
public interface IBreachedPasswords
{
    /// <summary>True when the password is on the list.</summary>
    Task<bool> ContainsAsync(string password, CancellationToken cancellationToken);
}
