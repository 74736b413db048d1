using System.Collections.Concurrent;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Shared.RateLimits;

/// <summary>Whether a request may go on, and what the <c>RateLimit-*</c> headers say.</summary>
/// <param name="Allowed">False: refuse it.</param>
/// <param name="Limit">Requests per window.</param>
/// <param name="Remaining">Left in this window, never below 0.</param>
/// <param name="ResetSeconds">Until the next window, 1–60.</param>
public readonly record struct RateDecision(bool Allowed, int Limit, int Remaining, int ResetSeconds);

/// <summary>
/// Counts requests per caller and clock minute over all nodes. A decision is made in memory, without a round trip; twice a
/// second a node adds what it admitted to the shared counters in one statement and learns the sums. So the nodes together
/// admit at most what each of them lets through in half a second beyond the limit. When the database is away each node
/// counts for itself.
/// </summary>
public sealed class RateLimiter(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource database, TimeProvider clock, ILogger<RateLimiter> logger) : BackgroundService
{
    private const int WindowSeconds = 60;
    private static readonly TimeSpan Share = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);
    private long _cleaned;

    /// <summary>Counts one request of a caller (<c>person:…</c>) against its limit; refused ones don't count.</summary>
    public RateDecision Take(string subject, int limit)
    {
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        var minute = seconds / WindowSeconds;
        var reset = (int)(WindowSeconds - seconds % WindowSeconds);
        var counter = _counters.GetOrAdd(subject, static _ => new Counter());
        lock (counter)
        {
            if (counter.Minute != minute)
                (counter.Minute, counter.Shared, counter.Own) = (minute, 0, 0);
            var used = counter.Shared + counter.Own;
            if (used >= limit)
                return new RateDecision(false, limit, 0, reset);
            counter.Own++;
            return new RateDecision(true, limit, (int)(limit - used - 1), reset);
        }
    }

    /// <summary>Adds this node's counts to the shared ones and learns the sums.</summary>
    public async Task ShareAsync(CancellationToken cancellationToken)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / WindowSeconds;
        var subjects = new List<string>();
        var counts = new List<long>();
        foreach (var (subject, counter) in _counters.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            lock (counter)
            {
                if (counter.Minute != minute)
                {
                    _counters.TryRemove(subject, out _);
                }
                else if (counter.Own > 0)
                {
                    subjects.Add(subject);
                    counts.Add(counter.Own);
                }
            }
        }

        if (subjects.Count == 0)
            return;
        await using var command = database.CreateCommand("""
            INSERT INTO shared.rate_counters AS c (subject, minute, used)
            SELECT subject, $3, used FROM unnest($1, $2) AS own (subject, used)
            ON CONFLICT (subject, minute) DO UPDATE SET used = c.used + excluded.used
            RETURNING subject, used
            """);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. subjects] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. counts] });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = minute });
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                sums[reader.GetString(0)] = reader.GetInt64(1);
        for (var i = 0; i < subjects.Count; i++)
        {
            if (!_counters.TryGetValue(subjects[i], out var counter))
                continue;
            lock (counter)
            {
                if (counter.Minute == minute)
                    (counter.Shared, counter.Own) = (sums[subjects[i]], counter.Own - counts[i]);
            }
        }

        if (_cleaned != minute)
        {
            _cleaned = minute;
            await using var clean = database.CreateCommand("DELETE FROM shared.rate_counters WHERE minute < $1 - 1");
            clean.Parameters.Add(new NpgsqlParameter<long> { TypedValue = minute });
            await clean.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Share);
        var away = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await ShareAsync(stoppingToken);
                    away = false;
                }
                catch (NpgsqlException failure)
                {
                    if (!away)
                        logger.LogWarning("Rate limits are counted by this node alone until the database answers: {Reason}", failure.Message);
                    away = true;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private sealed class Counter
    {
        public long Minute;
        public long Shared;
        public long Own;
    }
}
