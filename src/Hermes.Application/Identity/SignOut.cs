using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Notes that a person ended a session; the web drops the cookie whatever the answer.</summary>
[AllowsAnyone("Signing out without a session is fine.")]
public sealed record SignOut : ICommand<Done>;

/// <summary>Handles <see cref="SignOut"/>.</summary>
public sealed class SignOutHandler(IAudit audit, ICurrentActor current) : IRequestHandler<SignOut, Result<Done>>
{
    /// <inheritdoc />
    public Task<Result<Done>> Handle(SignOut request, CancellationToken cancellationToken)
    {
        if (current.Actor is { Person: { } person, Credential: null })
            audit.Record("person.sign_out", "person", person.Value, null, null);
        return Task.FromResult(Done.Ok);
    }
}
