using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Changes one's own name.</summary>
/// <param name="Name">As shown to others.</param>
[RequiresSignIn]
public sealed record RenameMe(string Name) : ICommand<Done>, IAcrossTenants;

/// <summary>Validates <see cref="RenameMe"/>.</summary>
public sealed class RenameMeValidator : AbstractValidator<RenameMe>
{
    /// <summary>The rules.</summary>
    public RenameMeValidator() => RuleFor(r => r.Name).Must(PersonName.IsValid).WithMessage($"A name has 1 to {PersonName.MaxLength} visible characters.");
}

/// <summary>Handles <see cref="RenameMe"/>.</summary>
public sealed class RenameMeHandler(IPeople people, IAudit audit, ICurrentActor current) : IRequestHandler<RenameMe, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RenameMe request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person || await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        await people.RenameAsync(person, request.Name.Trim(), cancellationToken);
        audit.Record("person.rename", "person", person.Value, new { account.Name }, new { Name = request.Name.Trim() });
        return Done.Ok;
    }
}
