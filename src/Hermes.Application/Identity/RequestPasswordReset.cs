using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Asks for a mail with a link that sets a new password. Answers the same, in the same time, for every address.</summary>
/// <param name="Email">The address.</param>
[AllowsAnyone("Who lost the password cannot sign in; only the mailbox's owner gets the link.")]
public sealed record RequestPasswordReset(string Email) : ICommand<Done>, IAcrossTenants, IOwnTransaction;

/// <summary>Validates <see cref="RequestPasswordReset"/>.</summary>
public sealed class RequestPasswordResetValidator : AbstractValidator<RequestPasswordReset>
{
    /// <summary>The rules.</summary>
    public RequestPasswordResetValidator() =>
        RuleFor(r => r.Email).Must(EmailAddress.IsValid).WithMessage(IdentityErrors.EmailInvalid.Message);
}

/// <summary>Handles <see cref="RequestPasswordReset"/>.</summary>
public sealed class RequestPasswordResetHandler(IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit, IUnitOfWork work, TimeProvider clock)
    : IRequestHandler<RequestPasswordReset, Result<Done>>
{
    // Longer than writing the mail ever takes in health, so that the work's own time does not show.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RequestPasswordReset request, CancellationToken cancellationToken)
    {
        var rest = Task.Delay(AnswerTime, clock, cancellationToken);
        var done = await work.RunAsync(async () =>
        {
            if (await people.FindByEmailAsync(request.Email, cancellationToken) is not { } account)
                return Done.Ok;
            var secret = await people.MakeResetAsync(account.Id, cancellationToken);
            mailbox.Post(IdentityMails.Reset(account.Email, account.Name, account.Id, secret, links));
            audit.Record("person.request_reset", "person", account.Id.Value, null, null);
            return Done.Ok;
        }, cancellationToken);
        await rest;
        return done;
    }
}
