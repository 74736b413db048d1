using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>
/// Makes a person and their organisation, and sends the mail that confirms the address. The answer for an address that
/// has an account already is the same; its owner gets a mail that says so.
/// </summary>
/// <param name="Email">The person's address.</param>
/// <param name="Password">The person's password.</param>
/// <param name="Name">The person's name as shown to others.</param>
/// <param name="Organisation">The organisation's name.</param>
/// <param name="Slug">The organisation's name in addresses.</param>
[AllowsAnyone("Anybody may open an account; the mailbox is proved before the first sign-in.")]
public sealed record SignUp(string Email, string Password, string Name, string Organisation, string Slug) : ICommand<Done>, IAcrossTenants;

/// <summary>Validates <see cref="SignUp"/>.</summary>
public sealed class SignUpValidator : AbstractValidator<SignUp>
{
    /// <summary>The rules.</summary>
    public SignUpValidator()
    {
        RuleFor(r => r.Email).Must(EmailAddress.IsValid).WithMessage(IdentityErrors.EmailInvalid.Message);
        RuleFor(r => r.Name).NotEmpty().MaximumLength(PersonName.MaxLength).Must(PersonName.IsValid).WithMessage("Visible characters only.");
        RuleFor(r => r.Organisation).Refuses(TenantRules.CheckName);
        RuleFor(r => r.Slug).Refuses(TenantRules.CheckSlug);
        RuleFor(r => r.Password).Refuses(p => PasswordRules.Check(p, null));
    }
}

/// <summary>Handles <see cref="SignUp"/>.</summary>
public sealed class SignUpHandler(
    IPeople people, IIdentityDb identity, ITenantFounding tenants, IMailbox mailbox, IPublicLinks links, IAudit audit, IMediator mediator, TimeProvider clock)
    : IRequestHandler<SignUp, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(SignUp request, CancellationToken cancellationToken)
    {
        if (await people.CheckNewPasswordAsync(request.Password, request.Email, cancellationToken) is { } weak)
            return Error.Validation(new Dictionary<string, string[]> { ["password"] = [weak.Message] });
        // Before the address is looked up, so that a taken name answers the same to known and unknown addresses.
        if (await tenants.CheckAsync(request.Slug, request.Organisation, cancellationToken) is { } refusal)
            return refusal;
        if (await people.FindByEmailAsync(request.Email, cancellationToken) is { } known)
        {
            people.SpendHashingTime(request.Password);
            mailbox.Post(IdentityMails.AlreadyKnown(known.Email, links));
            return Done.Ok;
        }
        var founded = await tenants.FoundAsync(request.Slug, request.Organisation, cancellationToken);
        if (!founded.Succeeded)
            return founded.Error;
        var created = await people.CreateAsync(request.Email, request.Name, request.Password, confirmed: false, cancellationToken);
        if (!created.Succeeded)
            return created.Error;
        var (tenant, person) = (founded.Value.Id, created.Value.Id);
        identity.Members.Add(Member.Join(tenant, person, BuiltInRoles.Admin, clock.GetUtcNow()).Value);
        audit.Record("person.sign_up", "person", person.Value, null, new { created.Value.Email }, tenant, new ProvedPerson(person, created.Value.Email));
        return await mediator.Send(new SendConfirmation(person), cancellationToken);
    }
}
