using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Confirms an address by the link that was mailed.</summary>
/// <param name="Person">Whose address.</param>
/// <param name="Secret">From the link.</param>
[AllowsAnyone("The link's secret is the proof.")]
public sealed record ConfirmEmail(PersonId Person, string Secret) : ICommand<Done>, IAcrossTenants;

/// <summary>Handles <see cref="ConfirmEmail"/>.</summary>
public sealed class ConfirmEmailHandler(IPeople people, IAudit audit) : IRequestHandler<ConfirmEmail, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(ConfirmEmail request, CancellationToken cancellationToken)
    {
        var confirmed = await people.ConfirmAsync(request.Person, request.Secret ?? "", cancellationToken);
        if (!confirmed.Succeeded)
            return IdentityErrors.LinkInvalid;
        audit.Record("person.confirm_email", "person", request.Person.Value, null, new { confirmed.Value.Email }, by: new ProvedPerson(request.Person, confirmed.Value.Email));
        return Done.Ok;
    }
}
