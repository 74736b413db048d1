using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Makes a personal access token by e-mail address and password, for machines that have no session.</summary>
/// <param name="Email">The address.</param>
/// <param name="Password">The password.</param>
/// <param name="Tenant">Slug of the tenant; null when the person has one only.</param>
/// <param name="Name">What for.</param>
/// <param name="ExpiresInDays">1–366; null for never.</param>
/// <param name="Scopes">Permissions; null or empty for all of the person's.</param>
[AllowsAnyone("Address and password are the proof, checked as at sign-in.")]
public sealed record CreateTokenByPassword(string Email, string Password, string? Tenant, string Name, int? ExpiresInDays, IReadOnlyList<string>? Scopes)
    : ICommand<NewToken>, IOwnTransaction, IAcrossTenants;

/// <summary>Validates <see cref="CreateTokenByPassword"/>.</summary>
public sealed class CreateTokenByPasswordValidator : AbstractValidator<CreateTokenByPassword>
{
    /// <summary>The rules.</summary>
    public CreateTokenByPasswordValidator()
    {
        RuleFor(r => r.Email).NotEmpty().MaximumLength(EmailAddress.MaxLength);
        RuleFor(r => r.Password).NotEmpty().MaximumLength(PasswordRules.MaxLength);
    }
}

/// <summary>Handles <see cref="CreateTokenByPassword"/>.</summary>
public sealed class CreateTokenByPasswordHandler(
    IPeople people, IIdentityDb identity, ITenants tenants, IAudit audit, IUnitOfWork work, TimeProvider clock)
    : IRequestHandler<CreateTokenByPassword, Result<NewToken>>
{
    /// <inheritdoc />
    public async Task<Result<NewToken>> Handle(CreateTokenByPassword request, CancellationToken cancellationToken)
    {
        var proved = await people.CheckPasswordAsync(request.Email, request.Password, cancellationToken);
        if (!proved.Succeeded)
            return proved.Error;
        var account = proved.Value;
        if (!account.EmailConfirmed)
            return IdentityErrors.EmailNotConfirmed;
        var mine = await Memberships.OfAsync(identity, tenants, account.Id, cancellationToken);
        if (request.Tenant is null && mine.Count > 1)
            return IdentityErrors.TenantNeeded;
        if (Memberships.Pick(mine, request.Tenant, null) is not { } tenant)
            return IdentityErrors.NotYourTenant;
        if (!tenant.IsActive)
            return TenantRules.Suspended;
        return await work.RunAsync(() => Task.FromResult(TokenMaking.Make(
            identity, audit, clock, tenant.Id, account.Id, request.Name, request.ExpiresInDays, request.Scopes, by: new ProvedPerson(account.Id, account.Email))), cancellationToken);
    }
}
