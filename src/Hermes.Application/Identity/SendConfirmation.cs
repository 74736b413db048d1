using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Sends the mail that confirms an address; only as a step of signing up and signing in.</summary>
/// <param name="Person">Whose address.</param>
[AllowsAnyone("Sent by use cases that have checked the password; no page or API sends it.")]
public sealed record SendConfirmation(PersonId Person) : ICommand<Done>, IAcrossTenants;

/// <summary>Handles <see cref="SendConfirmation"/>.</summary>
public sealed class SendConfirmationHandler(IPeople people, IMailbox mailbox, IPublicLinks links) : IRequestHandler<SendConfirmation, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(SendConfirmation request, CancellationToken cancellationToken)
    {
        if (await people.FindAsync(request.Person, cancellationToken) is not { EmailConfirmed: false } account)
            return Done.Ok;
        var secret = await people.MakeConfirmationAsync(account.Id, cancellationToken);
        mailbox.Post(IdentityMails.Confirm(account.Email, account.Name, account.Id, secret, links));
        return Done.Ok;
    }
}
