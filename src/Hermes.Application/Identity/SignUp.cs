using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

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
        RuleFor(r => r.Organisation).Must(n => Tenant.CleanName(n) is not null).WithMessage(TenancyErrors.NameInvalid.Message);
        RuleFor(r => r.Slug).Custom((slug, context) =>
        {
            if (Domain.Tenancy.Slug.Check(slug) is { } wrong)
                context.AddFailure(wrong.Message);
        });
        RuleFor(r => r.Password).Custom((password, context) =>
        {
            if (PasswordRules.Check(password, context.InstanceToValidate.Email) is { } wrong)
                context.AddFailure(wrong.Message);
        });
    }
}

/// <summary>Handles <see cref="SignUp"/>.</summary>
public sealed class SignUpHandler(
    IPeople people, IIdentityDb identity, ITenancyDb tenancy, IMailbox mailbox, IPublicLinks links, IAudit audit, IMediator mediator, TimeProvider clock)
    : IRequestHandler<SignUp, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(SignUp request, CancellationToken cancellationToken)
    {
        if (await tenancy.Tenants.AnyAsync(t => t.Slug == request.Slug, cancellationToken))
            return TenancyErrors.SlugTaken;
        if (await people.CheckNewPasswordAsync(request.Password, request.Email, cancellationToken) is { } weak)
            return weak;
        if (await people.FindByEmailAsync(request.Email, cancellationToken) is { } known)
        {
            people.SpendHashingTime(request.Password);
            mailbox.Post(IdentityMails.AlreadyKnown(known.Email, links));
            return Done.Ok;
        }
        var created = await people.CreateAsync(request.Email, request.Name, request.Password, confirmed: false, cancellationToken);
        if (!created.Succeeded)
            return created.Error;
        var now = clock.GetUtcNow();
        var founded = Tenant.Found(Id.New<TenantId>(clock), request.Slug, request.Organisation, now);
        if (!founded.Succeeded)
            return founded.Error;
        var (tenant, person) = (founded.Value, created.Value.Id);
        tenancy.Tenants.Add(tenant);
        identity.Members.Add(Member.Join(tenant.Id, person, BuiltInRoles.Admin, now).Value);
        audit.Record("person.sign_up", "person", person.Value, null, new { created.Value.Email }, tenant.Id);
        audit.Record("tenant.found", "tenant", tenant.Id.Value, null, new { tenant.Slug, tenant.Name }, tenant.Id);
        return await mediator.Send(new SendConfirmation(person), cancellationToken);
    }
}
