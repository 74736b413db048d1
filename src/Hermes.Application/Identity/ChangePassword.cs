using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Changes one's own password; every other session ends.</summary>
/// <param name="Present">The present password.</param>
/// <param name="Password">The new one.</param>
[RequiresSignIn]
public sealed record ChangePassword(string Present, string Password) : ICommand<string>, IAcrossTenants, IOwnTransaction;

/// <summary>Validates <see cref="ChangePassword"/>.</summary>
public sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    /// <summary>The rules.</summary>
    public ChangePasswordValidator()
    {
        RuleFor(r => r.Present).NotEmpty().MaximumLength(PasswordRules.MaxLength);
        RuleFor(r => r.Password).Refuses(p => PasswordRules.Check(p, null));
    }
}

/// <summary>Handles <see cref="ChangePassword"/>; answers the new stamp for the session that goes on.</summary>
public sealed class ChangePasswordHandler(IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit, IUnitOfWork work, ICurrentActor current)
    : IRequestHandler<ChangePassword, Result<string>>
{
    /// <inheritdoc />
    public async Task<Result<string>> Handle(ChangePassword request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person || await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        // A stolen session must not guess the password either: failures are counted, outside the transaction.
        var present = await people.CheckPasswordAsync(account.Email, request.Present, cancellationToken);
        if (!present.Succeeded)
            return IdentityErrors.PasswordWrong;
        return await work.RunAsync<string>(async () =>
        {
            var changed = await people.ChangePasswordAsync(person, request.Present, request.Password, cancellationToken);
            if (!changed.Succeeded)
                return changed.Error;
            mailbox.Post(IdentityMails.PasswordChanged(account.Email, account.Name, links));
            audit.Record("person.change_password", "person", person.Value, null, null);
            return changed.Value.Stamp;
        }, cancellationToken);
    }
}
