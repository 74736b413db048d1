using System.Linq.Expressions;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Persistence;

/// <summary>
/// The one context. Each capability adds its sets and its port in a part of its own
/// (<c>Mesh/HermesDbContext.Mesh.cs</c>), its mapping in configurations that are found by scanning, and, where more than
/// the owner sees a row, an <see cref="ITenantFilter{T}"/>.
/// </summary>
public sealed partial class HermesDbContext(DbContextOptions<HermesDbContext> options) : IdentityUserContext<Person, Guid>(options)
{
    // Who has it lent; null outside of a scope, for instance while it migrates: nobody, who sees nothing.
    private ICurrentActor? _borrower;

    /// <summary>The first wall: what the query filters compare with. The empty id, which owns nothing, where the actor has no tenant.</summary>
    public TenantId CurrentTenant => _borrower?.Actor.Tenant ?? default;

    /// <summary>True for system actors that act across tenants, and for requests that declare it (<see cref="IAcrossTenants"/>).</summary>
    public bool SeesAll => _borrower?.Actor is { Kind: ActorKind.System, Tenant: null } or { AcrossTenants: true };

    /// <summary>What row level security compares with; null for nobody's rows: without a tenant, and for whoever acts across them, whose rows the engine's role reads.</summary>
    internal TenantId? Tenant => _borrower?.Actor is { Kind: ActorKind.System } or { AcrossTenants: true } ? null : _borrower?.Actor.Tenant;

    /// <summary>Gives it to a scope. Until it is taken back disposing of it does nothing: a scope does so once for each port that it asked for.</summary>
    internal HermesDbContext LendTo(ICurrentActor borrower)
    {
        _borrower = borrower;
        return this;
    }

    /// <summary>Back to the pool, emptied.</summary>
    internal ValueTask TakeBackAsync()
    {
        _borrower = null;
        return base.DisposeAsync();
    }

    /// <inheritdoc cref="TakeBackAsync" />
    internal void TakeBack()
    {
        _borrower = null;
        base.Dispose();
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        if (_borrower is null)
            base.Dispose();
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => _borrower is null ? base.DisposeAsync() : default;

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        ModelConventions.Configure(configurationBuilder);

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(HermesDbContext).Assembly);
        ModelConventions.ApplyFilters(builder, this);
        ModelConventions.Finish(builder);
    }
}

/// <summary>
/// Who sees an entity's rows beyond the plain rule that a row is its tenant's: found by scanning, and the only place
/// where a query filter is widened. Row level security must say the same.
/// </summary>
/// <typeparam name="T">The entity.</typeparam>
public interface ITenantFilter<T> where T : class
{
    /// <summary>The rule, with the context's <see cref="HermesDbContext.CurrentTenant"/> and <see cref="HermesDbContext.SeesAll"/>.</summary>
    Expression<Func<T, bool>> Rule(HermesDbContext db);
}
