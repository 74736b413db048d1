using System.Diagnostics;
using System.Threading.Channels;
using Hermes.Application.Calls.Public;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Embeddings;
using Hermes.Infrastructure.Marketplace.Search;
using Hermes.Infrastructure.Notifications.Public;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Marketplace;

/// <summary>
/// This node's index of listed agents: filled from the database at start, then kept by the events that every node reads. Trust
/// and presence are also read anew now and then, for what happens without an event (the nightly recalculation, a dead node).
/// </summary>
internal sealed class MarketplaceIndex(ListingReader reader, TextVectors vectors, ICallAccess access, IEventFeed feed, TimeProvider clock, ILogger<MarketplaceIndex> logger)
    : BackgroundService, IAgentFinder, IEventObserver
{
    private const int Batch = 2_000;
    private const int Sample = 20_000;
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(10);
    // A row's time is from within its transaction: the nightly recalculation's are seconds old when they can be read.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Channel<(Guid Id, bool IsTenant)> _changed = Channel.CreateUnbounded<(Guid, bool)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FeatureReader _features = new(Thesaurus.BuiltIn);
    // A search keeps a core busy: more at a time than there are cores would only make all of them late.
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);
    private volatile Catalogue? _catalogue;
    private int _indexed;
    private int _expected;
    private DateTimeOffset _trustUpTo;
    private DateTimeOffset _callsUpTo;
    private HashSet<Guid> _suspended = [];

    public IndexProgress Progress => _catalogue is { } catalogue
        ? new(catalogue.Count, _expected, _filled.Task.IsCompleted, vectors.Model, catalogue.Count - catalogue.Awaiting)
        : new(Volatile.Read(ref _indexed), _expected, false, vectors.Model, 0);

    /// <summary>What is searched at the moment; null while it is filled for the first time.</summary>
    public Catalogue? Current => _catalogue;

    public void Seen(LiveFrame frame)
    {
        if (frame.SubjectType is "agent" or "tenant")
            _changed.Writer.TryWrite((frame.SubjectId, frame.SubjectType == "tenant"));
    }

    public async Task<Result<Page<FoundAgent>>> FindAsync(AgentSearch search, Viewer viewer, int limit, string? cursor, CancellationToken cancellationToken)
    {
        if (!_filled.Task.IsCompleted)
            await Task.WhenAny(_filled.Task, Task.Delay(Patience, cancellationToken));
        if (_catalogue is not { } catalogue)
            return MarketplaceErrors.Filling;
        var vector = string.IsNullOrWhiteSpace(search.Query) ? null : await vectors.OfQueryAsync(search.Query, cancellationToken);
        var rules = await RulesAsync(viewer, cancellationToken);
        await _cores.WaitAsync(cancellationToken);
        try
        {
            return catalogue.Find(search, rules, limit, cursor, vector);
        }
        finally
        {
            _cores.Release();
        }
    }

    public async Task<FoundAgent?> FindOneAsync(AgentId agent, Viewer viewer, CancellationToken cancellationToken) =>
        _catalogue?.FindOne(agent, await RulesAsync(viewer, cancellationToken));

    public async Task<IReadOnlyList<Suggestion>> SuggestAsync(string text, Viewer viewer, int count, CancellationToken cancellationToken) =>
        _catalogue?.Suggest(text, await RulesAsync(viewer, cancellationToken), count) ?? [];

    public async Task<UsedValues> ChoicesAsync(Viewer viewer, int count, CancellationToken cancellationToken) =>
        _catalogue?.Choices(await RulesAsync(viewer, cancellationToken), count) ?? new UsedValues([], [], [], []);

    public async Task<IReadOnlyList<FoundAgent>?> SimilarAsync(AgentId agent, Viewer viewer, int count, CancellationToken cancellationToken) =>
        _catalogue?.Similar(agent, await RulesAsync(viewer, cancellationToken), count);

    private ValueTask<CallerAccess> RulesAsync(Viewer viewer, CancellationToken cancellationToken) => access.OfAsync(viewer.Tenant, viewer.Agent, cancellationToken);

    public override void Dispose()
    {
        _cores.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Events from before the listener began are in the rows that filling reads; those after it wait in the channel.
        await feed.Started.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var swept = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_catalogue is null || _catalogue.Dead > 1_000 + _catalogue.Count / 3)
                    await FillAsync(stoppingToken);
                await FollowAsync(stoppingToken);
                if (clock.GetElapsedTime(swept) >= Sweep)
                {
                    await SweepAsync(stoppingToken);
                    swept = clock.GetTimestamp();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "The search index can't follow at the moment; it tries again.");
                await Task.Delay(1_000, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        _expected = await reader.CountAsync(cancellationToken);
        Volatile.Write(ref _indexed, 0);
        _trustUpTo = _callsUpTo = clock.GetUtcNow();
        _suspended = await reader.SuspendedAsync(cancellationToken);
        var listings = new List<Listing>(_expected);
        await foreach (var listing in reader.ReadAllAsync(cancellationToken))
            listings.Add(listing);
        // Features take ten times a text's room: those of the sample become numbers at once, all others live for one batch.
        var threads = Math.Max(1, Environment.ProcessorCount - 1);
        var step = listings.Count / Sample + 1;
        var embedder = new BuiltInEmbedder(Thesaurus.BuiltIn);
        // A sample teaches as much as all of them.
        embedder.Fit(Enumerable.Range(0, (listings.Count + step - 1) / step).AsParallel().AsOrdered().WithCancellation(cancellationToken).WithDegreeOfParallelism(threads)
            .Select(i => _features.Of(listings[i * step].Text)));
        var catalogue = new Catalogue(new TextIndex(Thesaurus.BuiltIn, embedder, vectors.OfModel), _features);
        var read = new (Features Features, float[]? Vector)[Batch];
        for (var from = 0; from < listings.Count; from += Batch)
        {
            var count = Math.Min(Batch, listings.Count - from);
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, i =>
            {
                var features = _features.Of(listings[from + i].Text);
                read[i] = (features, catalogue.VectorOf(features));
            });
            for (var i = 0; i < count; i++)
                catalogue.Put(listings[from + i], read[i].Features, read[i].Vector);
            Volatile.Write(ref _indexed, from + count);
        }
        catalogue.Trim();
        var before = _catalogue;
        await vectors.AttachAsync(catalogue, cancellationToken);
        _catalogue = catalogue;
        _filled.TrySetResult();
        // What filling left behind is given back to the machine, not kept for a next time that comes rarely.
        if (listings.Count > Sample)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (before is null || listings.Count > 1_000)
            logger.LogInformation("The search index holds {Agents} agents, filled in {Elapsed} ms", listings.Count, (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    // Waits for changes, at most until the next sweep, and takes those that are there in one go.
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Sweep);
        try
        {
            await _changed.Reader.WaitToReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return;
        }
        var taken = new List<(Guid Id, bool IsTenant)>();
        while (taken.Count < Batch && _changed.Reader.TryRead(out var change))
            taken.Add(change);
        try
        {
            var ids = taken.Where(c => !c.IsTenant).Select(c => c.Id).ToHashSet();
            var tenants = taken.Where(c => c.IsTenant).Select(c => c.Id).Distinct().ToArray();
            if (tenants.Length > 0)
                ids.UnionWith(await reader.AgentsOfAsync(tenants, cancellationToken));
            var listed = ids.Count == 0 ? [] : await reader.ReadAsync([.. ids], cancellationToken);
            foreach (var listing in listed)
            {
                _catalogue!.Put(listing);
                ids.Remove(listing.Id.Value);
            }
            foreach (var gone in ids)
                _catalogue!.Remove(new AgentId(gone));
            if (listed.Count > 0)
                vectors.Wake();
        }
        catch
        {
            taken.ForEach(c => _changed.Writer.TryWrite(c));
            throw;
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        _catalogue!.SetPresences(await reader.PresencesAsync(cancellationToken));
        var (changed, latest) = await reader.TrustAsync(_trustUpTo - Overlap, cancellationToken);
        foreach (var (agent, trust) in changed)
            _catalogue.Change(new AgentId(agent), l => l.Trust == trust ? l : l with { Trust = trust });
        _trustUpTo = latest > _trustUpTo ? latest : _trustUpTo;
        (var called, latest) = await reader.CompletedAsync(_callsUpTo - Overlap, cancellationToken);
        _callsUpTo = latest > _callsUpTo ? latest : _callsUpTo;
        if (called.Count > 0)
        {
            foreach (var (agent, latency) in await reader.CallLatenciesAsync([.. called], cancellationToken))
                _catalogue.Change(new AgentId(agent), l => l.LatencyMs == latency ? l : l with { LatencyMs = latency });
        }
        var suspended = await reader.SuspendedAsync(cancellationToken);
        foreach (var tenant in suspended.Except(_suspended).Concat(_suspended.Except(suspended)))
            _changed.Writer.TryWrite((tenant, true));
        _suspended = suspended;
    }
}
