using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Sets a new password by the link that was mailed, ends all sessions and the lock.</summary>
/// <param name="Person">Whose.</param>
/// <param name="Secret">From the link; works once.</param>
/// <param name="Password">The new password.</param>
[AllowsAnyone("The link's secret is the proof.")]
public sealed record ResetPassword(PersonId Person, string Secret, string Password) : ICommand<Done>, IAcrossTenants;

/// <summary>Validates <see cref="ResetPassword"/>.</summary>
public sealed class ResetPasswordValidator : AbstractValidator<ResetPassword>
{
    /// <summary>The rules.</summary>
    public ResetPasswordValidator() => RuleFor(r => r.Password).Custom((password, context) =>
    {
        if (PasswordRules.Check(password, null) is { } wrong)
            context.AddFailure(wrong.Message);
    });
}

/// <summary>Handles <see cref="ResetPassword"/>.</summary>
public sealed class ResetPasswordHandler(IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit) : IRequestHandler<ResetPassword, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(ResetPassword request, CancellationToken cancellationToken)
    {
        var reset = await people.ResetAsync(request.Person, request.Secret ?? "", request.Password, cancellationToken);
        if (!reset.Succeeded)
            return reset.Error;
        mailbox.Post(IdentityMails.PasswordChanged(reset.Value.Email, reset.Value.Name, links));
        audit.Record("person.reset_password", "person", request.Person.Value, null, null, by: new ProvedPerson(request.Person, reset.Value.Email));
        return Done.Ok;
    }
}
