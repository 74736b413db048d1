using FluentValidation;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>A tenant as operators see it.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Status">Whether it may work.</param>
/// <param name="Plan">What it subscribed to.</param>
/// <param name="Members">How many people belong to it.</param>
/// <param name="CreatedAt">When it was founded.</param>
/// <param name="SuspendedAt">When it was suspended; null while it works.</param>
/// <param name="SuspensionReason">Why it is suspended; null while it works or where no reason was given.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record TenantView(
    TenantId Id, string Slug, string Name, TenantStatus Status, TenantPlan Plan, int Members, DateTimeOffset CreatedAt,
    DateTimeOffset? SuspendedAt, string? SuspensionReason, uint Version);

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
public sealed record CreateTenant(string Name, string Slug, OwnerInput Owner) : ICommand<TenantView>, IAcrossTenants;

/// <summary>Validates <see cref="CreateTenant"/>.</summary>
public sealed class CreateTenantValidator : AbstractValidator<CreateTenant>
{
    /// <summary>The rules.</summary>
    public CreateTenantValidator()
    {
        RuleFor(r => r.Name).Must(n => Tenant.CleanName(n) is not null).WithMessage(TenancyErrors.NameInvalid.Message);
        RuleFor(r => r.Slug).Custom((slug, context) =>
        {
            if (Domain.Tenancy.Slug.Check(slug) is { } wrong)
                context.AddFailure(wrong.Message);
        });
        RuleFor(r => r.Owner).NotNull();
        When(r => r.Owner is not null, () => RuleFor(r => r.Owner.Email).Must(EmailAddress.IsValid).WithMessage(IdentityErrors.EmailInvalid.Message));
    }
}

/// <summary>Handles <see cref="CreateTenant"/>.</summary>
public sealed class CreateTenantHandler(IPeople people, IIdentityDb identity, ITenancyDb tenancy, IAudit audit, TimeProvider clock)
    : IRequestHandler<CreateTenant, Result<TenantView>>
{
    /// <inheritdoc />
    public async Task<Result<TenantView>> Handle(CreateTenant request, CancellationToken cancellationToken)
    {
        if (await tenancy.Tenants.AnyAsync(t => t.Slug == request.Slug, cancellationToken))
            return TenancyErrors.SlugTaken;
        var owner = await OwnerAsync(request.Owner, cancellationToken);
        if (!owner.Succeeded)
            return owner.Error;
        var now = clock.GetUtcNow();
        var founded = Tenant.Found(Id.New<TenantId>(clock), request.Slug, request.Name, now);
        if (!founded.Succeeded)
            return founded.Error;
        var tenant = founded.Value;
        tenancy.Tenants.Add(tenant);
        identity.Members.Add(Member.Join(tenant.Id, owner.Value.Id, BuiltInRoles.Admin, now).Value);
        audit.Record("tenant.create", "tenant", tenant.Id.Value, null, new { tenant.Slug, tenant.Name, Owner = owner.Value.Email }, TenantId.Platform);
        audit.Record("tenant.found", "tenant", tenant.Id.Value, null, new { tenant.Slug, tenant.Name }, tenant.Id);
        await tenancy.SaveChangesAsync(cancellationToken);
        return ListTenantsHandler.View(tenant, 1);
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

/// <summary>Lists tenants by name, the platform's own left out.</summary>
/// <param name="Search">Part of name or slug; null for all.</param>
/// <param name="Status">Only these; null for all.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">From the page before; null for the first.</param>
[RequiresOperator]
public sealed record ListTenants(string? Search = null, TenantStatus? Status = null, int? Limit = null, string? Cursor = null) : IQuery<Page<TenantView>>, IAcrossTenants;

/// <summary>Handles <see cref="ListTenants"/>.</summary>
public sealed class ListTenantsHandler(IIdentityDb identity, ITenancyDb tenancy) : IRequestHandler<ListTenants, Result<Page<TenantView>>>
{
    /// <inheritdoc />
    public async Task<Result<Page<TenantView>>> Handle(ListTenants request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var rows = tenancy.Tenants.AsNoTracking().Where(t => t.Id != TenantId.Platform);
        if (!string.IsNullOrWhiteSpace(request.Search))
        {
            var part = request.Search.Trim().ToLowerInvariant();
#pragma warning disable CA1304, CA1309, CA1311, CA1862 // Translated to SQL.
            rows = rows.Where(t => t.Slug.Contains(part) || t.Name.ToLower().Contains(part));
        }
        if (request.Status is { } status)
            rows = rows.Where(t => t.Status == status);
        if (Paging.Decode(request.Cursor) is { } after)
            rows = rows.Where(t => string.Compare(t.Slug, after) > 0);
#pragma warning restore CA1304, CA1309, CA1311, CA1862
        var tenants = await rows.OrderBy(t => t.Slug).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(tenants, limit, t => t.Slug);
        var ids = page.Items.Select(t => t.Id).ToList();
        var counts = await identity.Members.Where(m => ids.Contains(m.TenantId))
            .GroupBy(m => m.TenantId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        return new Page<TenantView>([.. page.Items.Select(t => View(t, counts.GetValueOrDefault(t.Id)))], page.NextCursor);
    }

    internal static TenantView View(Tenant t, int members) =>
        new(t.Id, t.Slug, t.Name, t.Status, t.Plan, members, t.CreatedAt, t.SuspendedAt, t.SuspensionReason, t.Version);
}

/// <summary>One tenant, for operators.</summary>
/// <param name="Id">The tenant.</param>
[RequiresOperator]
public sealed record GetTenant(TenantId Id) : IQuery<TenantView>, IAcrossTenants;

/// <summary>Handles <see cref="GetTenant"/>.</summary>
public sealed class GetTenantHandler(IIdentityDb identity, ITenancyDb tenancy) : IRequestHandler<GetTenant, Result<TenantView>>
{
    /// <inheritdoc />
    public async Task<Result<TenantView>> Handle(GetTenant request, CancellationToken cancellationToken) =>
        await tenancy.Tenants.AsNoTracking().SingleOrDefaultAsync(t => t.Id == request.Id && t.Id != TenantId.Platform, cancellationToken) is { } tenant
            ? ListTenantsHandler.View(tenant, await identity.Members.CountAsync(m => m.TenantId == tenant.Id, cancellationToken))
            : TenancyErrors.NotFound;
}

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
public sealed class UpdateTenantHandler(IIdentityDb identity, ITenancyDb tenancy, ITenants tenants, IUnitOfWork work, IAudit audit, TimeProvider clock) : IRequestHandler<UpdateTenant, Result<TenantView>>
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
        }
        await tenancy.SaveChangesAsync(cancellationToken);
        work.AfterCommit(() => tenants.Forget(tenant.Id));
        return ListTenantsHandler.View(tenant, await identity.Members.CountAsync(m => m.TenantId == tenant.Id, cancellationToken));
    }
}
