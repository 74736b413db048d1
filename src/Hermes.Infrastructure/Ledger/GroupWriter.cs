using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Application.Ledger.Public;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Ledger;

/// <summary>
/// Posts what all callers of this node want posted at the same moment as one statement in one transaction, so that they share
/// one flush of the disk and a hot account is changed once per batch. Each caller awaits its own result; a transfer that is
/// refused fails alone.
/// <para>Nothing acknowledged is lost: a caller hears of success only after the commit. When the connection breaks the
/// outcome of the batch is unknown, and it is sent again: the idempotency keys, unique in the database, make that
/// post what is missing and answer for what is there.</para>
/// </summary>
internal sealed class GroupWriter : IHostedService, IAsyncDisposable
{
    private const int MostKnownAccounts = 200_000;

    private static readonly Histogram<int> BatchSizes = PipelineTelemetry.Meter.CreateHistogram<int>("hermes.ledger.batch.size", "{transfer}", "Transfers posted by one statement.");
    private static readonly Histogram<double> BatchDurations = PipelineTelemetry.Meter.CreateHistogram<double>("hermes.ledger.batch.duration", "ms", "Time of one batch up to its commit.");
    private static readonly Histogram<double> PostDurations = PipelineTelemetry.Meter.CreateHistogram<double>("hermes.ledger.post.duration", "ms", "Time from a caller's post to its result.");
    private static readonly Counter<long> Retries = PipelineTelemetry.Meter.CreateCounter<long>("hermes.ledger.batch.retries", "{retry}", "Batches sent again after a broken connection or a lost race.");

    private readonly NpgsqlDataSource _source;
    private readonly GroupWriterOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<GroupWriter> _logger;
    private readonly Channel<Pending> _queue;
    private readonly CancellationTokenSource _abandon = new();
    private readonly Dictionary<AccountRef, Guid> _known = [];
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _command;
    private Task _loop = Task.CompletedTask;
    private int _disposed;

    /// <param name="source">The engine's data source of its own: no reset on close, one connection.</param>
    /// <param name="options">Limits.</param>
    /// <param name="clock">Instants of postings.</param>
    /// <param name="logger">For broken connections.</param>
    public GroupWriter(NpgsqlDataSource source, GroupWriterOptions options, TimeProvider clock, ILogger<GroupWriter> logger)
    {
        _source = source;
        _options = options;
        _clock = clock;
        _logger = logger;
        _queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    /// <summary>Starts the writer; what was queued before waits for it.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Refuses new transfers, posts those that were accepted, and gives up only when the token says so.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that is disposed of while it stops gets here afterwards.
        if (Volatile.Read(ref _disposed) == 1)
            return;
        _queue.Writer.TryComplete();
        using (cancellationToken.Register(_abandon.Cancel))
            await _loop;
        while (_queue.Reader.TryRead(out var pending))
            pending.Done(LedgerErrors.Unavailable);
    }

    /// <summary>Posts a transfer; see <see cref="ILedger.PostAsync"/>.</summary>
    public async Task<Result<PostedTransfer>> PostAsync(Transfer transfer, CancellationToken ct)
    {
        var pending = new Pending(transfer);
        if (!_queue.Writer.TryWrite(pending))
        {
            try
            {
                await _queue.Writer.WriteAsync(pending, ct);
            }
            catch (ChannelClosedException)
            {
                return LedgerErrors.Unavailable;
            }
        }
        var started = Stopwatch.GetTimestamp();
        var result = await pending.Task.WaitAsync(ct);
        PostDurations.Record(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return result;
    }

    /// <summary>Abandons what is still queued; the container calls it once for each registration.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        _queue.Writer.TryComplete();
        await _abandon.CancelAsync();
        await _loop;
        await DisconnectAsync();
        _abandon.Dispose();
    }

    private async Task RunAsync()
    {
        var batch = new List<Pending>(_options.BatchSize);
        while (await _queue.Reader.WaitToReadAsync())
        {
            // The callers of the last batch go first: what they post next goes along.
            await Task.Yield();
            batch.Clear();
            while (batch.Count < _options.BatchSize && _queue.Reader.TryRead(out var pending))
                batch.Add(pending);
            try
            {
                await PostAsync(batch);
            }
            catch (Exception failure)
            {
                // The writer must go on; its callers hear what happened to them.
                _logger.LogError(failure, "A ledger batch of {Count} failed", batch.Count);
                foreach (var pending in batch)
                    pending.Failed(failure);
            }
        }
    }

    private async Task PostAsync(List<Pending> batch)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(_options.Patience.TotalSeconds * Stopwatch.Frequency);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendAsync(batch, repeated: attempt > 1);
                return;
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.ForeignKeyViolation && attempt == 1)
            {
                // An account id that we remember is gone: the database was restored under us.
                _known.Clear();
            }
            catch (PostgresException failure) when (!IsPassing(failure))
            {
                // One transfer that the database cannot take must not fail the others.
                if (batch.Count > 1)
                    await PostHalvesAsync(batch);
                else if (failure.SqlState == PostgresErrorCodes.InvalidParameterValue)
                    batch[0].Done(LedgerErrors.Malformed);
                else
                    throw;
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException or TimeoutException)
            {
                Retries.Add(1);
                await DisconnectAsync();
                if (_abandon.IsCancellationRequested || Stopwatch.GetTimestamp() > deadline)
                {
                    _logger.LogWarning("The ledger's database can't be reached; {Count} callers are told to try again: {Reason}", batch.Count, failure.Message);
                    foreach (var pending in batch)
                        pending.Done(LedgerErrors.Unavailable);
                    return;
                }
                _logger.LogInformation("The ledger sends a batch of {Count} again: {Reason}", batch.Count, failure.Message);
                if (attempt > 1)
                    await Task.Delay(Math.Min(20 * attempt, 250));
            }
        }
    }

    private async Task PostHalvesAsync(List<Pending> batch)
    {
        var half = batch.Count / 2;
        await PostAsync(batch.GetRange(0, half));
        await PostAsync(batch.GetRange(half, batch.Count - half));
    }

    private async Task SendAsync(List<Pending> batch, bool repeated)
    {
        var started = Stopwatch.GetTimestamp();
        var at = _clock.Instant();
        var postings = new PostingBatch(batch.ConvertAll(pending => pending.Transfer), batch.ConvertAll(pending => pending.Fingerprint).ToArray(), at, _known);
        var command = await ConnectAsync();
        postings.Fill(command);
        short[]? outcomes = null;
        Guid[]? ids = null;
        DateTime[]? ats = null;
        Guid[]? opened = null;
        await using (var reader = await command.ExecuteReaderAsync(_abandon.Token))
        {
            await reader.ReadAsync(_abandon.Token);
            if (!reader.IsDBNull(0))
            {
                outcomes = reader.GetFieldValue<short[]>(0);
                ids = reader.GetFieldValue<Guid[]>(1);
                ats = reader.GetFieldValue<DateTime[]>(2);
            }
            if (!reader.IsDBNull(3))
                opened = reader.GetFieldValue<Guid[]>(3);
            // Up to the server's ReadyForQuery: only then is the batch committed.
            await reader.NextResultAsync(_abandon.Token);
        }
        Remember(postings.Named, opened);
        BatchSizes.Record(batch.Count);
        BatchDurations.Record(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        for (var i = 0; i < batch.Count; i++)
        {
            var pending = batch[i];
            if (outcomes is null)
                pending.Done(new PostedTransfer(pending.Transfer.Id, at, false));
            else
                pending.Done(Answer(pending.Transfer, (Outcome)outcomes[i], TransferId.From(ids![i]), new DateTimeOffset(ats![i]), repeated));
        }
    }

    private static Result<PostedTransfer> Answer(Transfer transfer, Outcome outcome, TransferId id, DateTimeOffset at, bool repeated) => outcome switch
    {
        Outcome.Posted => new PostedTransfer(id, at, false),
        // Sent twice by ourselves, posted once: for the caller it is the first time.
        Outcome.Replayed => new PostedTransfer(id, at, !(repeated && id == transfer.Id)),
        Outcome.InsufficientFunds => LedgerErrors.InsufficientFunds,
        Outcome.KeyReused => LedgerErrors.KeyReused,
        _ => LedgerErrors.OutOfRange,
    };

    /// <summary>Keeps the ids of accounts, which never change; only of those that a commit has made certain.</summary>
    private void Remember(IReadOnlyList<AccountRef> named, Guid[]? opened)
    {
        if (opened is null)
            return;
        if (_known.Count + named.Count > MostKnownAccounts)
            _known.Clear();
        for (var i = 0; i < named.Count; i++)
            _known[named[i]] = opened[i];
    }

    private async Task<NpgsqlCommand> ConnectAsync()
    {
        if (_command is not null)
            return _command;
        _connection = await _source.OpenConnectionAsync(_abandon.Token);
        var command = PostingBatch.Command(_connection);
        await command.PrepareAsync(_abandon.Token);
        return _command = command;
    }

    private async Task DisconnectAsync()
    {
        var (connection, command) = (_connection, _command);
        (_connection, _command) = (null, null);
        if (command is not null)
            await command.DisposeAsync();
        if (connection is not null)
            await connection.DisposeAsync();
    }

    /// <summary>Failures that the same batch may not meet again; the transaction was rolled back.</summary>
    private static bool IsPassing(PostgresException failure) =>
        failure.IsTransient || failure.SqlState is
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections;

    private sealed class Pending(Transfer transfer)
        : TaskCompletionSource<Result<PostedTransfer>>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Transfer Transfer { get; } = transfer;

        // By the caller, where there are many of them, not by the one writer.
        public Guid Fingerprint { get; } = PostingBatch.Fingerprint(transfer);

        public void Done(Result<PostedTransfer> result) => TrySetResult(result);

        public void Failed(Exception failure) => TrySetException(failure);
    }
}
