using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>Renames, suspends or reactivates a tenant; what is null stays.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Name">The new name; null to keep it.</param>
/// <param name="Status"><c>active</c> or <c>suspended</c>; null to keep it.</param>
/// <param name="Reason">Why it is suspended, at most 500 characters; shown to nobody but operators.</param>
/// <param name="IfVersion">The version that the caller saw; null to overwrite any.</param>
[RequiresOperator]
public sealed record UpdateTenant(TenantId Id, string? Name, TenantStatus? Status, string? Reason, uint? IfVersion = null) : ICommand<TenantView>, IAcrossTenants;

/// <summary>Validates <see cref="UpdateTenant"/>.</summary>
public sealed class UpdateTenantValidator : AbstractValidator<UpdateTenant>
{
    /// <summary>The rules.</summary>
    public UpdateTenantValidator()
    {
        RuleFor(r => r.Reason).MaximumLength(500);
        RuleFor(r => r.Status).Must(s => s is null or TenantStatus.Active or TenantStatus.Suspended).WithMessage("Either 'active' or 'suspended'.");
        RuleFor(r => r.Name).Must(n => n is null || Tenant.CleanName(n) is not null).WithMessage(TenancyErrors.NameInvalid.Message);
    }
}

/// <summary>Handles <see cref="UpdateTenant"/>.</summary>
public sealed class UpdateTenantHandler(IMemberCounts members, ITenancyDb tenancy, ITenants tenants, IUnitOfWork work, IOutbox outbox, IAudit audit, TimeProvider clock) : IRequestHandler<UpdateTenant, Result<TenantView>>
{
    /// <inheritdoc />
    public async Task<Result<TenantView>> Handle(UpdateTenant request, CancellationToken cancellationToken)
    {
        if (await tenancy.Tenants.SingleOrDefaultAsync(t => t.Id == request.Id, cancellationToken) is not { } tenant)
            return TenancyErrors.NotFound;
        if (request.IfVersion is { } seen && seen != tenant.Version)
            return TenancyErrors.Changed;
        var before = new { tenant.Name, tenant.Status };
        if (request.Name is { } name && tenant.Rename(name) is { Succeeded: false } unnamed)
            return unnamed.Error;
        if (request.Status is { } status && status != tenant.Status)
        {
            var changed = status == TenantStatus.Suspended ? tenant.Suspend(request.Reason, clock.GetUtcNow()) : tenant.Reactivate();
            if (!changed.Succeeded)
                return changed.Error;
        }
        var after = new { tenant.Name, tenant.Status };
        if (!before.Equals(after))
        {
            audit.Record("tenant.update", "tenant", tenant.Id.Value, before, new { tenant.Name, tenant.Status, tenant.SuspensionReason }, TenantId.Platform);
            audit.Record("tenant.update", "tenant", tenant.Id.Value, before, after, tenant.Id);
            outbox.Add(new LiveEvent("tenant.updated", "tenant", tenant.Id.Value, tenant.Id, after, Audience.Of(tenant.Id)));
        }
        await tenancy.SaveChangesAsync(cancellationToken);
        work.AfterCommit(() => tenants.Forget(tenant.Id));
        return ListTenantsHandler.View(tenant, (await members.OfAsync([tenant.Id], cancellationToken)).GetValueOrDefault(tenant.Id));
    }
}
