using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>Arranging and reading the ledger in tests, through its port.</summary>
internal static class Books
{
    public static readonly Currency Usd = Currency.Usd;

    public static TenantId NewTenant() => new(Guid.CreateVersion7());

    public static TransferId NewTransferId() => new(Guid.CreateVersion7());

    public static Transfer Move(AccountRef from, AccountRef to, long microUnits, string? key = null, string purpose = "test.move", Guid? subject = null) =>
        Transfer.Create(NewTransferId(), purpose, key ?? Guid.CreateVersion7().ToString(), "test", subject ?? TenantId.Platform.Value,
            [new(from, -microUnits), new(to, microUnits)]).Value;

    /// <summary>Posts through the group writer of a node.</summary>
    public static Task<Result<PostedTransfer>> PostAsync(this IServiceProvider services, Transfer transfer) =>
        services.GetRequiredService<Hermes.Infrastructure.Ledger.GroupWriter>().PostAsync(transfer, CancellationToken.None);

    public static Task<Result<PostedTransfer>> PostAsync(this HermesApp app, Transfer transfer) => app.Services.PostAsync(transfer);

    /// <summary>Money from outside into a tenant's wallet.</summary>
    public static async Task FundAsync(this HermesApp app, TenantId tenant, long microUnits) =>
        (await app.PostAsync(Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(tenant, Usd), microUnits))).Error.ShouldBeNull();

    /// <summary>Posts in a unit of work as the actor; <paramref name="after"/> may still refuse.</summary>
    public static async Task<Result<IReadOnlyList<PostedTransfer>>> PostWithinAsync(this HermesApp app, Actor actor, IReadOnlyList<Transfer> transfers, Error? after = null)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor);
        var ledger = scope.ServiceProvider.GetRequiredService<ILedger>();
        return await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().RunAsync(async () =>
        {
            var posted = await ledger.PostWithinAsync(transfers, CancellationToken.None);
            return after is null || !posted.Succeeded ? posted : after;
        }, CancellationToken.None);
    }

    /// <summary>A balance in micro-units as the actor sees it; a system actor by default.</summary>
    public static async Task<long> BalanceAsync(this HermesApp app, AccountRef account, Actor? actor = null)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor ?? Actors.System());
        return (await scope.ServiceProvider.GetRequiredService<ILedger>().BalanceAsync(account, CancellationToken.None)).MicroUnits;
    }

    /// <summary>The rules that the books break.</summary>
    public static async Task<IReadOnlyList<BrokenRule>> CheckAsync(this HermesApp app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(Actors.System());
        return await scope.ServiceProvider.GetRequiredService<ILedgerDb>().CheckAsync(CancellationToken.None);
    }

    /// <summary>Fails unless the books are right.</summary>
    public static async Task ShouldBeRightAsync(this HermesApp app) => (await app.CheckAsync()).ShouldBeEmpty();
}
