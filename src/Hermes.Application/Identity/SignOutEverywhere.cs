using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Ends every session of one's own, this one too. Tokens stay.</summary>
[RequiresSignIn]
public sealed record SignOutEverywhere : ICommand<Done>, IAcrossTenants;

/// <summary>Handles <see cref="SignOutEverywhere"/>.</summary>
public sealed class SignOutEverywhereHandler(IPeople people, IAudit audit, ICurrentActor current) : IRequestHandler<SignOutEverywhere, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(SignOutEverywhere request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        await people.EndSessionsAsync(person, cancellationToken);
        audit.Record("person.sign_out_everywhere", "person", person.Value, null, null);
        return Done.Ok;
    }
}
