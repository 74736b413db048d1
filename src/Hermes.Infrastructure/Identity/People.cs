using Hermes.Application.Identity;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Identity;

/// <summary>Accounts on ASP.NET Core Identity's store, hasher and token providers; failures are counted by single statements.</summary>
internal sealed class People(
    HermesDbContext db, UserManager<Person> users, IPasswordHasher<Person> hasher, IBreachedPasswords breached, TimeProvider clock) : IPeople
{
    private const int MaxFailures = 5;
    private static readonly TimeSpan LockTime = TimeSpan.FromMinutes(15);
    private static readonly Person Nobody = new();
    private static string? _nobodysHash;

    public async Task<Account?> FindAsync(PersonId id, CancellationToken cancellationToken) =>
        await db.Users.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id.Value, cancellationToken) is { } person ? AccountOf(person) : null;

    public async Task<Account?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        await RowAsync(email, cancellationToken) is { } person ? AccountOf(person) : null;

    public async Task<Result<Account>> CreateAsync(string email, string name, string password, bool confirmed, CancellationToken cancellationToken)
    {
        var person = new Person
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            Email = email.Trim(),
            UserName = email.Trim(),
            DisplayName = name.Trim(),
            EmailConfirmed = confirmed,
            LockoutEnabled = true,
            CreatedAt = clock.GetUtcNow(),
        };
        var made = await users.CreateAsync(person, password);
        return made.Succeeded ? AccountOf(person) : ErrorOf(made);
    }

    public async Task<Result<Account>> CheckPasswordAsync(string email, string password, CancellationToken cancellationToken)
    {
        var person = await RowAsync(email, cancellationToken);
        var hash = person?.PasswordHash ?? (_nobodysHash ??= hasher.HashPassword(Nobody, Guid.NewGuid().ToString()));
        var right = hasher.VerifyHashedPassword(person ?? Nobody, hash, password) != PasswordVerificationResult.Failed;
        var (id, now) = (person?.Id ?? Guid.Empty, clock.GetUtcNow());
        if (right && person is not null)
        {
            // In the same statement: no lock has come meanwhile from attempts made in parallel.
            var free = await db.Database.ExecuteSqlAsync(
                $"UPDATE identity.people SET access_failed_count = 0, lockout_end = NULL WHERE id = {id} AND (lockout_end IS NULL OR lockout_end <= {now})", cancellationToken);
            return free == 1 ? AccountOf(person) : IdentityErrors.SignInFailed;
        }
        // For an unknown address the same statement finds nothing. While locked, attempts neither count nor lengthen the lock.
        await db.Database.ExecuteSqlAsync($"""
            UPDATE identity.people SET
                access_failed_count = CASE WHEN access_failed_count + 1 >= {MaxFailures} THEN 0 ELSE access_failed_count + 1 END,
                lockout_end = CASE WHEN access_failed_count + 1 >= {MaxFailures} THEN {now + LockTime} ELSE lockout_end END
            WHERE id = {id} AND (lockout_end IS NULL OR lockout_end <= {now})
            """, cancellationToken);
        return IdentityErrors.SignInFailed;
    }

    public void SpendHashingTime(string password) => hasher.HashPassword(Nobody, password);

    public async Task<Error?> CheckNewPasswordAsync(string password, string email, CancellationToken cancellationToken) =>
        PasswordRules.Check(password, email) ?? (await breached.ContainsAsync(password, cancellationToken) ? IdentityErrors.PasswordBreached : null);

    public async Task<string> MakeConfirmationAsync(PersonId id, CancellationToken cancellationToken) =>
        await users.GenerateEmailConfirmationTokenAsync(await LoadAsync(id));

    public async Task<Result<Account>> ConfirmAsync(PersonId id, string secret, CancellationToken cancellationToken)
    {
        if (await users.FindByIdAsync(id.ToString()) is not { } person)
            return IdentityErrors.LinkInvalid;
        var confirmed = await users.ConfirmEmailAsync(person, secret);
        return confirmed.Succeeded ? AccountOf(person) : IdentityErrors.LinkInvalid;
    }

    public async Task<string> MakeResetAsync(PersonId id, CancellationToken cancellationToken) =>
        await users.GeneratePasswordResetTokenAsync(await LoadAsync(id));

    public async Task<Result<Account>> ResetAsync(PersonId id, string secret, string password, CancellationToken cancellationToken)
    {
        if (await users.FindByIdAsync(id.ToString()) is not { } person)
            return IdentityErrors.LinkInvalid;
        // The link is checked before the password, so that a stranger learns nothing from the password's refusal.
        if (!await users.VerifyUserTokenAsync(person, users.Options.Tokens.PasswordResetTokenProvider, UserManager<Person>.ResetPasswordTokenPurpose, secret))
            return IdentityErrors.LinkInvalid;
        if (await CheckNewPasswordAsync(password, person.Email!, cancellationToken) is { } weak)
            return weak;
        var reset = await users.ResetPasswordAsync(person, secret, password);
        if (!reset.Succeeded)
            return ErrorOf(reset);
        person.EmailConfirmed = true;
        person.LockoutEnd = null;
        person.AccessFailedCount = 0;
        await users.UpdateAsync(person);
        return AccountOf(person);
    }

    public async Task<Result<Account>> ChangePasswordAsync(PersonId id, string present, string password, CancellationToken cancellationToken)
    {
        var person = await LoadAsync(id);
        if (await CheckNewPasswordAsync(password, person.Email!, cancellationToken) is { } weak)
            return weak;
        var changed = await users.ChangePasswordAsync(person, present, password);
        return changed.Succeeded ? AccountOf(person) : ErrorOf(changed);
    }

    public Task RenameAsync(PersonId id, string name, CancellationToken cancellationToken) =>
        db.Users.Where(p => p.Id == id.Value).ExecuteUpdateAsync(set => set.SetProperty(p => p.DisplayName, name), cancellationToken);

    public async Task EndSessionsAsync(PersonId id, CancellationToken cancellationToken) =>
        await users.UpdateSecurityStampAsync(await LoadAsync(id));

    public Task RememberTenantAsync(PersonId id, TenantId tenant, CancellationToken cancellationToken) =>
        db.Users.Where(p => p.Id == id.Value).ExecuteUpdateAsync(set => set.SetProperty(p => p.ChosenTenantId, tenant), cancellationToken);

    public async Task<IReadOnlyDictionary<PersonId, (string Name, string Email)>> NamesAsync(IReadOnlyCollection<PersonId> ids, CancellationToken cancellationToken)
    {
        var values = ids.Select(id => id.Value).ToList();
        var rows = await db.Users.Where(p => values.Contains(p.Id)).Select(p => new { p.Id, p.DisplayName, p.Email }).ToListAsync(cancellationToken);
        return rows.ToDictionary(p => new PersonId(p.Id), p => (p.DisplayName, p.Email ?? ""));
    }

    private async Task<Person?> RowAsync(string email, CancellationToken cancellationToken)
    {
        var normalized = users.NormalizeName(email.Trim());
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(p => p.NormalizedUserName == normalized, cancellationToken);
    }

    private async Task<Person> LoadAsync(PersonId id) =>
        await users.FindByIdAsync(id.ToString()) ?? throw new InvalidOperationException("The person is gone.");

    private static Account AccountOf(Person p) =>
        new(new PersonId(p.Id), p.Email!, p.DisplayName, p.EmailConfirmed, p.SecurityStamp!, p.ChosenTenantId, p.CreatedAt);

    private static Error ErrorOf(IdentityResult result) => result.Errors.FirstOrDefault()?.Code switch
    {
        "PasswordTooShort" => IdentityErrors.PasswordShort,
        "PasswordMismatch" => IdentityErrors.PasswordWrong,
        "InvalidToken" => IdentityErrors.LinkInvalid,
        "InvalidEmail" or "InvalidUserName" => IdentityErrors.EmailInvalid,
        "DuplicateUserName" or "DuplicateEmail" => IdentityErrors.AlreadyMember,
        var code => Error.Conflict("identity.refused", $"The account could not be changed ({code})."),
    };
}
