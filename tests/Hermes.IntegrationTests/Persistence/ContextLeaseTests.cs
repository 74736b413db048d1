using System.Collections.Concurrent;
using Hermes.Application.Agents;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Identity;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Persistence;

/// <summary>Contexts go from scope to scope: never to two at a time, and with nothing of the scope before.</summary>
public sealed class ContextLeaseTests(HermesApp app) : IClassFixture<HermesApp>
{
    [Fact]
    public async Task A_context_is_one_scopes_at_a_time_and_looks_with_its_tenants_eyes()
    {
        var (lent, met, again) = (new ConcurrentDictionary<HermesDbContext, bool>(), new ConcurrentDictionary<HermesDbContext, bool>(), 0);
        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellationToken) =>
        {
            var tenant = new TenantId(Guid.CreateVersion7());
            HermesDbContext db;
            await using (var scope = Scope(i % 5 == 0 ? Actors.System() : Actors.Person(tenant)))
            {
                // The container disposes of each of these at the scope's end.
                db = scope.ServiceProvider.GetRequiredService<HermesDbContext>();
                scope.ServiceProvider.GetRequiredService<IMeshDb>().ShouldBeSameAs(db);
                scope.ServiceProvider.GetRequiredService<IAgentsDb>().ShouldBeSameAs(db);
                lent.TryAdd(db, true).ShouldBeTrue("two scopes hold the same context");
                if (!met.TryAdd(db, true))
                    Interlocked.Increment(ref again);
                db.SeesAll.ShouldBe(i % 5 == 0);
                db.CurrentTenant.ShouldBe(i % 5 == 0 ? default : tenant);
                (await db.Database.SqlQuery<string>($"SELECT coalesce(nullif(current_setting('app.tenant', true), ''), 'none') AS \"Value\"").SingleAsync(cancellationToken))
                    .ShouldBe(i % 5 == 0 ? "none" : tenant.ToString());
                lent.TryRemove(db, out _).ShouldBeTrue();
            }
        });
        again.ShouldBeGreaterThan(1_000, "contexts are used again");
    }

    [Fact]
    public async Task What_a_scope_left_tracked_or_open_is_gone_for_the_next()
    {
        var seen = new HashSet<HermesDbContext>();
        for (var i = 0; i < 20; i++)
        {
            await using var scope = Scope(Actors.Person(new TenantId(Guid.CreateVersion7())));
            var db = scope.ServiceProvider.GetRequiredService<HermesDbContext>();
            seen.Add(db);
            db.ChangeTracker.Entries().ShouldBeEmpty();
            db.Database.CurrentTransaction.ShouldBeNull();
            db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
            await db.Database.BeginTransactionAsync();
            db.Attach(new Person { Id = Guid.CreateVersion7() }).State.ShouldBe(EntityState.Unchanged);
        }
        seen.Count.ShouldBeLessThan(20);
    }

    private AsyncServiceScope Scope(Actor actor)
    {
        var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor);
        return scope;
    }
}
