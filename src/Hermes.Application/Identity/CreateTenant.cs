using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>The person that a new tenant gets as its admin.</summary>
/// <param name="Email">The address, counted as confirmed.</param>
/// <param name="Password">For a new account; a person who has one keeps their own.</param>
/// <param name="Name">As shown to others; null for the address's local part.</param>
public sealed record OwnerInput(string Email, string? Password, string? Name = null);

/// <summary>Makes a tenant with its first admin.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Owner">Its first admin.</param>
[RequiresOperator]
public sealed record CreateTenant(string Name, string Slug, OwnerInput Owner) : ICommand<NewTenant>, IAcrossTenants;

/// <summary>A tenant that was just made.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Owner">Its first admin.</param>
/// <param name="OwnerEmail">That person's address.</param>
public sealed record NewTenant(TenantId Id, string Slug, string Name, PersonId Owner, string OwnerEmail);

/// <summary>Validates <see cref="CreateTenant"/>.</summary>
public sealed class CreateTenantValidator : AbstractValidator<CreateTenant>
{
    /// <summary>The rules.</summary>
    public CreateTenantValidator()
    {
        RuleFor(r => r.Name).Refuses(TenantRules.CheckName);
        RuleFor(r => r.Slug).Refuses(TenantRules.CheckSlug);
        RuleFor(r => r.Owner).NotNull();
        When(r => r.Owner is not null, () => RuleFor(r => r.Owner.Email).Must(EmailAddress.IsValid).WithMessage(IdentityErrors.EmailInvalid.Message));
    }
}

/// <summary>Handles <see cref="CreateTenant"/>.</summary>
public sealed class CreateTenantHandler(IPeople people, IIdentityDb identity, ITenantFounding tenants, IAudit audit, TimeProvider clock)
    : IRequestHandler<CreateTenant, Result<NewTenant>>
{
    /// <inheritdoc />
    public async Task<Result<NewTenant>> Handle(CreateTenant request, CancellationToken cancellationToken)
    {
        var founded = await tenants.FoundAsync(request.Slug, request.Name, cancellationToken);
        if (!founded.Succeeded)
            return founded.Error;
        var owner = await OwnerAsync(request.Owner, cancellationToken);
        if (!owner.Succeeded)
            return owner.Error;
        var (tenant, account) = (founded.Value, owner.Value);
        identity.Members.Add(Member.Join(tenant.Id, account.Id, BuiltInRoles.Admin, clock.GetUtcNow()).Value);
        audit.Record("tenant.create", "tenant", tenant.Id.Value, null, new { tenant.Slug, tenant.Name, Owner = account.Email }, TenantId.Platform);
        return new NewTenant(tenant.Id, tenant.Slug, tenant.Name, account.Id, account.Email);
    }

    private async Task<Result<Account>> OwnerAsync(OwnerInput owner, CancellationToken cancellationToken)
    {
        if (await people.FindByEmailAsync(owner.Email, cancellationToken) is { } known)
            return known;
        if (await people.CheckNewPasswordAsync(owner.Password ?? "", owner.Email, cancellationToken) is { } weak)
            return Error.Validation(new Dictionary<string, string[]> { ["owner.password"] = [weak.Message] });
        var name = string.IsNullOrWhiteSpace(owner.Name) ? owner.Email.Split('@')[0] : owner.Name.Trim();
        return await people.CreateAsync(owner.Email, name, owner.Password!, confirmed: true, cancellationToken);
    }
}
