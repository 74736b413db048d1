using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>Changes the current tenant's settings.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="ContactEmail">Where others may write to; null or blank for none.</param>
/// <param name="IfVersion">The version that the caller saw; null to overwrite any.</param>
[Requires(Permissions.SettingsUpdate)]
public sealed record UpdateTenantSettings(string Name, string? ContactEmail, uint? IfVersion = null) : ICommand<TenantSettings>;

/// <summary>Validates <see cref="UpdateTenantSettings"/>.</summary>
public sealed class UpdateTenantSettingsValidator : AbstractValidator<UpdateTenantSettings>
{
    /// <summary>The rules.</summary>
    public UpdateTenantSettingsValidator()
    {
        RuleFor(r => r.Name).Must(n => Tenant.CleanName(n) is not null).WithMessage(TenancyErrors.NameInvalid.Message);
        RuleFor(r => r.ContactEmail).Must(e => string.IsNullOrWhiteSpace(e) || EmailAddress.IsValid(e.Trim())).WithMessage(TenancyErrors.ContactInvalid.Message);
    }
}

/// <summary>Handles <see cref="UpdateTenantSettings"/>.</summary>
public sealed class UpdateTenantSettingsHandler(ITenancyDb db, ITenants tenants, IUnitOfWork work, IAudit audit, ICurrentActor current) : IRequestHandler<UpdateTenantSettings, Result<TenantSettings>>
{
    /// <inheritdoc />
    public async Task<Result<TenantSettings>> Handle(UpdateTenantSettings request, CancellationToken cancellationToken)
    {
        if (await db.Tenants.SingleOrDefaultAsync(t => t.Id == current.Actor.RequiredTenant, cancellationToken) is not { } tenant)
            return TenancyErrors.NotFound;
        if (request.IfVersion is { } seen && seen != tenant.Version)
            return TenancyErrors.Changed;
        var before = new { tenant.Name, tenant.ContactEmail };
        if (tenant.Rename(request.Name) is { Succeeded: false } unnamed)
            return unnamed.Error;
        if (tenant.SetContact(request.ContactEmail) is { Succeeded: false } unreachable)
            return unreachable.Error;
        audit.Record("tenant.settings", "tenant", tenant.Id.Value, before, new { tenant.Name, tenant.ContactEmail });
        await db.SaveChangesAsync(cancellationToken);
        work.AfterCommit(() => tenants.Forget(tenant.Id));
        return GetTenantSettingsHandler.View(tenant);
    }
}
