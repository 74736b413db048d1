using System.Collections.Concurrent;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Search;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Marketplace.Embeddings;

/// <summary>
/// A model's vectors for the index: kept in the database by model and content hash, made in the background for texts that have
/// none yet (new agents, changed ones, all of them after a change of the model), by one node at a time. Until then, and while
/// the endpoint is away, an agent is found by words and concepts alone. Without an endpoint it does nothing.
/// </summary>
internal sealed class TextVectors(
    IServiceProvider services, EmbeddingSettings settings, [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock, ILogger<TextVectors> logger) : BackgroundService
{
    private const long Lock = 0x4865726D65456D62; // "HermeEmb"
    private const int MostQueries = 2_000;

    // While the endpoint is away, not every search waits for it.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private readonly IEmbeddingGenerator<string, Embedding<float>>? _generator = services.GetService<IEmbeddingGenerator<string, Embedding<float>>>();
    private readonly ConcurrentDictionary<string, float[]> _queries = new(StringComparer.Ordinal);
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile Catalogue? _catalogue;
    private long _failedAt;

    /// <summary>The name stored with the vectors.</summary>
    public string Model => _generator is null ? BuiltInEmbedder.Name : settings.Model!;

    /// <summary>Numbers of a model's vector; null for the built-in embedder.</summary>
    public int? OfModel => _generator is null ? null : settings.Dimensions;

    /// <summary>Looks for texts without a vector.</summary>
    public void Wake() => _calls.Writer.TryWrite(true);

    /// <summary>Takes a newly filled index: what is stored is put in before this returns.</summary>
    public async Task AttachAsync(Catalogue catalogue, CancellationToken cancellationToken)
    {
        if (_generator is null)
            return;
        await TakeStoredAsync(catalogue, Missing(catalogue), cancellationToken);
        _catalogue = catalogue;
        Wake();
    }

    /// <summary>The model's vector of a query; null for the built-in embedder, and where the endpoint does not answer in time.</summary>
    public async Task<float[]?> OfQueryAsync(string text, CancellationToken cancellationToken)
    {
        if (_generator is null)
            return null;
        var key = text.Trim().ToLowerInvariant();
        if (_queries.TryGetValue(key, out var known))
            return known;
        if (Volatile.Read(ref _failedAt) is var failed and not 0 && clock.GetElapsedTime(failed) < Rest)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.TimeoutSeconds / 10.0));
        try
        {
            var made = Unit((await _generator.GenerateAsync([text], cancellationToken: limit.Token))[0].Vector.Span);
            if (_queries.Count >= MostQueries)
                _queries.Clear();
            return _queries[key] = made;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _failedAt, clock.GetTimestamp());
            logger.LogWarning("No vector for a query: {Reason}", fault.Message);
            return null;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_generator is null)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.WhenAny(_calls.Reader.WaitToReadAsync(stoppingToken).AsTask(), Task.Delay(TimeSpan.FromSeconds(5), stoppingToken));
                stoppingToken.ThrowIfCancellationRequested();
                _calls.Reader.TryRead(out _);
                if (_catalogue is { } catalogue)
                    await MakeMissingAsync(catalogue, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Vectors can't be made at the moment; agents are found by words and concepts.");
            }
        }
    }

    private async Task MakeMissingAsync(Catalogue catalogue, CancellationToken cancellationToken)
    {
        var missing = await TakeStoredAsync(catalogue, Missing(catalogue), cancellationToken);
        if (missing.Count == 0)
            return;
        // One node pays for a text; the others take what it stored.
        await using var connection = await engine.OpenConnectionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand($"SELECT pg_try_advisory_lock({Lock})", connection))
        {
            if (!(bool)(await take.ExecuteScalarAsync(cancellationToken))!)
            {
                await Task.Delay(500, cancellationToken);
                Wake();
                return;
            }
        }
        try
        {
            missing = await TakeStoredAsync(catalogue, missing, cancellationToken);
            var (done, all) = (0, missing.Count);
            foreach (var batch in missing.DistinctBy(m => Convert.ToHexString(m.Hash)).Chunk(settings.BatchSize))
            {
                var made = await _generator!.GenerateAsync(batch.Select(b => b.Text), cancellationToken: cancellationToken);
                await StoreAsync(batch.Select(b => b.Hash), made.Select(m => Unit(m.Vector.Span)), cancellationToken);
                done += batch.Length;
                if (all > settings.BatchSize)
                    logger.LogInformation("Vectors of {Model}: {Done} of {All} texts", Model, done, all);
                await TakeStoredAsync(catalogue, [.. missing.Where(m => batch.Any(b => b.Hash.AsSpan().SequenceEqual(m.Hash)))], cancellationToken);
            }
        }
        finally
        {
            await using var release = new NpgsqlCommand($"SELECT pg_advisory_unlock({Lock})", connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static List<Wanted> Missing(Catalogue catalogue) =>
        [.. catalogue.TextsAwaiting().Select(t => new Wanted(t.Agent, t.Text))];

    // Puts in what is stored, and says what is not.
    private async Task<List<Wanted>> TakeStoredAsync(Catalogue catalogue, List<Wanted> wanted, CancellationToken cancellationToken)
    {
        var left = new List<Wanted>();
        foreach (var chunk in wanted.Chunk(1_000))
        {
            await using var command = engine.CreateCommand("SELECT content_hash, vector FROM marketplace.embeddings WHERE model = $1 AND content_hash = ANY ($2)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Model });
            command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. chunk.Select(c => c.Hash)] });
            var stored = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await row.ReadAsync(cancellationToken))
                    stored[Convert.ToHexString(row.GetFieldValue<byte[]>(0))] = row.GetFieldValue<byte[]>(1);
            }
            foreach (var one in chunk)
            {
                if (!stored.TryGetValue(Convert.ToHexString(one.Hash), out var bytes) || bytes.Length != 2 * settings.Dimensions)
                {
                    left.Add(one);
                    continue;
                }
                var vector = new float[settings.Dimensions];
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), vector);
                catalogue.SetVector(one.Agent, one.Text, vector);
            }
        }
        return left;
    }

    private async Task StoreAsync(IEnumerable<byte[]> hashes, IEnumerable<float[]> vectors, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            INSERT INTO marketplace.embeddings (model, content_hash, vector, made_at) SELECT $1, hash, vector, $4 FROM unnest($2, $3) AS u(hash, vector)
            ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Model });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. hashes] });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. vectors.Select(Bytes)] });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static byte[] Bytes(float[] vector)
    {
        var bytes = new byte[vector.Length * 2];
        TensorPrimitives.ConvertToHalf(vector, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()));
        return bytes;
    }

    private static float[] Unit(ReadOnlySpan<float> vector)
    {
        var unit = vector.ToArray();
        var length = TensorPrimitives.Norm<float>(unit);
        if (length > 1e-9f)
            TensorPrimitives.Divide(unit, length, unit);
        return unit;
    }

    private sealed record Wanted(AgentId Agent, string Text)
    {
        public byte[] Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Text));
    }
}
