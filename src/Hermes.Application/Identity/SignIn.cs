using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Checks e-mail address and password. The session itself is made by the web.</summary>
/// <param name="Email">The address.</param>
/// <param name="Password">The password.</param>
/// <param name="TenantSlug">The tenant to work in; null for the one chosen last.</param>
[AllowsAnyone("Signing in is how one stops being anonymous; failures are counted and cost the same time.")]
public sealed record SignIn(string Email, string Password, string? TenantSlug = null) : ICommand<SignedIn>, IOwnTransaction, IAcrossTenants;

/// <summary>Who signed in.</summary>
/// <param name="Person">The person.</param>
/// <param name="Email">The address.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="Stamp">For the session; ends with it.</param>
/// <param name="Tenant">The tenant to work in; null when the person belongs to none.</param>
/// <param name="Tenants">All tenants of the person.</param>
public sealed record SignedIn(PersonId Person, string Email, string Name, string Stamp, Membership? Tenant, IReadOnlyList<Membership> Tenants);

/// <summary>Validates <see cref="SignIn"/>.</summary>
public sealed class SignInValidator : AbstractValidator<SignIn>
{
    /// <summary>The rules.</summary>
    public SignInValidator()
    {
        RuleFor(r => r.Email).NotEmpty().MaximumLength(EmailAddress.MaxLength);
        RuleFor(r => r.Password).NotEmpty().MaximumLength(PasswordRules.MaxLength);
    }
}

/// <summary>Handles <see cref="SignIn"/>.</summary>
public sealed class SignInHandler(IPeople people, IIdentityDb identity, ITenants tenants, IMediator mediator, IUnitOfWork work, IAudit audit)
    : IRequestHandler<SignIn, Result<SignedIn>>
{
    /// <inheritdoc />
    public async Task<Result<SignedIn>> Handle(SignIn request, CancellationToken cancellationToken)
    {
        var checkedAccount = await people.CheckPasswordAsync(request.Email, request.Password, cancellationToken);
        if (!checkedAccount.Succeeded)
            return checkedAccount.Error;
        var account = checkedAccount.Value;
        if (!account.EmailConfirmed)
        {
            // Only the one who knows the password hears of it.
            await mediator.Send(new SendConfirmation(account.Id), cancellationToken);
            return IdentityErrors.EmailNotConfirmed;
        }
        var mine = await Memberships.OfAsync(identity, tenants, account.Id, cancellationToken);
        var tenant = Memberships.Pick(mine, request.TenantSlug, account.ChosenTenant);
        if (tenant is null && request.TenantSlug is not null)
            return IdentityErrors.NotYourTenant;
        return await work.RunAsync(async () =>
        {
            await Task.CompletedTask;
            audit.Record("person.sign_in", "person", account.Id.Value, null, new { account.Email }, tenant?.Id, new ProvedPerson(account.Id, account.Email));
            return (Result<SignedIn>)new SignedIn(account.Id, account.Email, account.Name, account.Stamp, tenant, mine);
        }, cancellationToken);
    }
}
