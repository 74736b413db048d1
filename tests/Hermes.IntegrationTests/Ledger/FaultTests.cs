using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>The group writer when things break: nothing acknowledged is lost, nothing is posted twice.</summary>
public sealed class FaultTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;

    [Fact]
    public async Task Its_connection_is_cut_again_and_again_under_load()
    {
        var payee = AccountRef.Available(Books.NewTenant(), Usd);
        // As long as it takes to be cut often enough, however busy the machine is; a minute is for a ledger that stands still.
        using var done = new CancellationTokenSource(Eventually.Patience);
        var (acknowledged, replayed) = (0, 0);

        var callers = Enumerable.Range(0, 32).Select(async _ =>
        {
            while (!done.IsCancellationRequested)
            {
                var answer = await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1));
                answer.Error.ShouldBeNull();
                Interlocked.Increment(ref acknowledged);
                if (answer.Value.Replayed)
                    Interlocked.Increment(ref replayed);
            }
        }).ToList();
        var cuts = 0;
        while (cuts <= 30 && !done.IsCancellationRequested)
        {
            await Task.Delay(Random.Shared.Next(5, 120));
            cuts += (int)await app.SqlAsync<long>("select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'hermes_ledger' and datname = current_database()");
        }
        await done.CancelAsync();
        await Task.WhenAll(callers);

        cuts.ShouldBeGreaterThan(10);
        replayed.ShouldBe(0);
        (await app.BalanceAsync(payee)).ShouldBe(acknowledged);
        (await app.SqlAsync<long>($"select count(*) from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.owner_id = '{payee.OwnerId}'")).ShouldBe(acknowledged);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_database_that_stays_away_is_an_unavailable_ledger_and_the_same_key_works_later()
    {
        // A port where nobody listens.
        var nowhere = new NpgsqlConnectionStringBuilder(app.Database.Engine) { Host = "127.0.0.1", Port = 1, Timeout = 1 }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(nowhere);
        await using var writer = Writer(source, new GroupWriterOptions { Patience = TimeSpan.FromMilliseconds(200) });
        await writer.StartAsync(CancellationToken.None);
        var transfer = Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(Books.NewTenant(), Usd), 5);

        (await writer.PostAsync(transfer, CancellationToken.None)).Error.ShouldBe(LedgerErrors.Unavailable);

        (await app.PostAsync(transfer)).Value.Replayed.ShouldBeFalse();
    }

    [Fact]
    public async Task Stopping_refuses_new_transfers_and_posts_the_accepted_ones()
    {
        var payee = AccountRef.Available(Books.NewTenant(), Usd);
        await using var source = NpgsqlDataSource.Create(app.Database.Engine);
        await using var writer = Writer(source, new GroupWriterOptions { BatchSize = 7 });
        var accepted = Enumerable.Range(0, 100).Select(_ => writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1), CancellationToken.None)).ToList();
        await writer.StartAsync(CancellationToken.None);

        await writer.StopAsync(CancellationToken.None);

        (await writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1), CancellationToken.None)).Error.ShouldBe(LedgerErrors.Unavailable);
        (await Task.WhenAll(accepted)).ShouldAllBe(answer => answer.Succeeded);
        (await app.BalanceAsync(payee)).ShouldBe(100);
    }

    [Fact]
    public async Task A_full_queue_makes_callers_wait_and_loses_nobody()
    {
        var payee = AccountRef.Available(Books.NewTenant(), Usd);
        await using var source = NpgsqlDataSource.Create(app.Database.Engine);
        await using var writer = Writer(source, new GroupWriterOptions { BatchSize = 5, QueueLength = 8 });
        var answers = Enumerable.Range(0, 200).Select(_ => writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1), CancellationToken.None)).ToList();
        answers.Count(answer => answer.IsCompleted).ShouldBe(0);
        await writer.StartAsync(CancellationToken.None);

        (await Task.WhenAll(answers)).ShouldAllBe(answer => answer.Succeeded);
        (await app.BalanceAsync(payee)).ShouldBe(200);
    }

    [Fact]
    public async Task An_account_locked_by_a_transaction_that_hangs_is_waited_for()
    {
        var tenant = Books.NewTenant();
        await app.FundAsync(tenant, 10);
        await using var connection = new NpgsqlConnection(app.Database.Owner);
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await new NpgsqlCommand($"select from ledger.accounts where owner_id = '{tenant}' for update", connection).ExecuteNonQueryAsync();
            var post = app.PostAsync(Books.Move(AccountRef.Available(tenant, Usd), AccountRef.PlatformFees(Usd), 3));
            await Eventually.HoldsAsync(async () => await app.SqlAsync<long>("select count(*) from pg_stat_activity where application_name = 'hermes_ledger' and datname = current_database() and wait_event_type = 'Lock'") > 0);
            post.IsCompleted.ShouldBeFalse();
            await transaction.RollbackAsync();
            (await post).Error.ShouldBeNull();
        }
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(7);
    }

    [Fact]
    public async Task A_writer_that_was_disposed_of_before_it_is_stopped_has_stopped()
    {
        await using var source = NpgsqlDataSource.Create(app.Database.Engine);
        var writer = Writer(source, new GroupWriterOptions());
        await writer.StartAsync(CancellationToken.None);
        await writer.DisposeAsync();

        // The host's time to stop is over, too.
        await writer.StopAsync(new CancellationToken(canceled: true));

        (await writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), AccountRef.Available(Books.NewTenant(), Usd), 1), CancellationToken.None)).Error.ShouldBe(LedgerErrors.Unavailable);
    }

    [Fact]
    public async Task A_caller_that_goes_away_leaves_the_others_their_results()
    {
        var payee = AccountRef.Available(Books.NewTenant(), Usd);
        await using var source = NpgsqlDataSource.Create(app.Database.Engine);
        await using var writer = Writer(source, new GroupWriterOptions());
        using var leaving = new CancellationTokenSource();
        var gone = writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1), leaving.Token);
        var stays = writer.PostAsync(Books.Move(AccountRef.PaymentClearing(Usd), payee, 1), CancellationToken.None);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        await writer.StartAsync(CancellationToken.None);

        (await stays).Succeeded.ShouldBeTrue();
    }

    private GroupWriter Writer(NpgsqlDataSource source, GroupWriterOptions options) => new(source, options, app.Clock, NullLogger<GroupWriter>.Instance);
}
