using System.Collections.Concurrent;
using System.Diagnostics;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Tenancy;

/// <summary>Reads by the engine's role and keeps each answer for two seconds of real time.</summary>
internal sealed class TenantDirectory([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : ITenants
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private const int MostKept = 50_000;

    private readonly ConcurrentDictionary<TenantId, (long ReadAt, TenantListing Listing)> _kept = new();
    private readonly ConcurrentDictionary<string, TenantId> _slugs = new(StringComparer.Ordinal);

    public async Task<TenantListing?> FindAsync(TenantId id, CancellationToken cancellationToken) =>
        (await FindAsync([id], cancellationToken)).GetValueOrDefault(id);

    public async Task<TenantListing?> FindBySlugAsync(string slug, CancellationToken cancellationToken)
    {
        if (Domain.Tenancy.Slug.Check(slug) is not null)
            return null;
        // A slug never changes its tenant; whether the tenant is active is asked with the usual freshness.
        if (_slugs.TryGetValue(slug, out var known))
            return await FindAsync(known, cancellationToken);
        await using var command = engine.CreateCommand("SELECT id, slug, name, status = 'active' FROM tenancy.tenants WHERE slug = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = slug });
        if (await ReadAsync(command, cancellationToken) is not [var found])
            return null;
        if (_slugs.Count > MostKept)
            _slugs.Clear();
        _slugs[slug] = found.Id;
        return found;
    }

    public async Task<IReadOnlyDictionary<TenantId, TenantListing>> FindAsync(IReadOnlyCollection<TenantId> ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<TenantId, TenantListing>();
        List<Guid>? missing = null;
        foreach (var id in ids)
        {
            if (_kept.TryGetValue(id, out var kept) && Stopwatch.GetElapsedTime(kept.ReadAt) < Freshness)
                found[id] = kept.Listing;
            else
                (missing ??= []).Add(id.Value);
        }
        if (missing is null)
            return found;
        await using var command = engine.CreateCommand("SELECT id, slug, name, status = 'active' FROM tenancy.tenants WHERE id = ANY($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = missing.ToArray() });
        foreach (var listing in await ReadAsync(command, cancellationToken))
            found[listing.Id] = listing;
        return found;
    }

    public void Forget(TenantId id) => _kept.TryRemove(id, out _);

    private async Task<List<TenantListing>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var readAt = Stopwatch.GetTimestamp();
        var rows = new List<TenantListing>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new TenantListing(new TenantId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));
        if (_kept.Count > MostKept)
            _kept.Clear();
        foreach (var row in rows)
            _kept[row.Id] = (readAt, row);
        return rows;
    }
}
