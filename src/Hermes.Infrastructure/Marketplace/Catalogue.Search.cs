using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Hermes.Application.Calls.Public;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Marketplace;

internal sealed partial class Catalogue
{
    private const float LeastSimilar = 0.3f;
    private const double TrustWeight = 0.10, PriceWeight = 0.05, AvailabilityWeight = 0.05;

    /// <summary>A page of listings for the viewer, best first.</summary>
    /// <param name="search">What is looked for.</param>
    /// <param name="viewer">Who looks, with the rules about it.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cursor">Where the previous page ended.</param>
    /// <param name="vector">A model's vector of the text, of length 1; null for the built-in embedder's.</param>
    public Page<FoundAgent> Find(AgentSearch search, CallerAccess viewer, int limit, string? cursor, float[]? vector)
    {
        _gate.EnterReadLock();
        var passes = ArrayPool<byte>.Shared.Rent(Math.Max(1, texts.Slots));
        try
        {
            var open = passes.AsSpan(0, texts.Slots);
            Filter(search, viewer, open);
            var hits = string.IsNullOrWhiteSpace(search.Query) ? All(open) : Matching(search.Query, open, vector);
            var usual = search.MaxPrice?.MicroUnits ?? UsualPrice(hits);
            foreach (ref var hit in CollectionsMarshal.AsSpan(hits))
            {
                hit = hit with { Price = PriceOf(hit.Slot, usual) };
                hit = hit with { Score = ScoreOf(hit) };
            }
            return Cut(hits, search.Order, viewer, limit, Paging.Decode(cursor));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(passes);
            _gate.ExitReadLock();
        }
    }

    /// <summary>The nearest to a listing, itself left out; null when the viewer can't see it.</summary>
    public IReadOnlyList<FoundAgent>? Similar(AgentId agent, CallerAccess viewer, int count)
    {
        _gate.EnterReadLock();
        try
        {
            if (!_slots.TryGetValue(agent, out var slot) || _listings[slot] is not { } own || !own.IsSeenBy(viewer))
                return null;
            var passes = new byte[texts.Slots];
            Filter(new AgentSearch(), viewer, passes);
            passes[slot] = 0;
            return [.. texts.NearestTo(slot, passes, count).Where(n => n.Cosine > LeastSimilar).Select(n =>
                _listings[n.Slot]!.Show(viewer.Tenant, n.Cosine, n.Cosine, null, n.Cosine, PriceOf(n.Slot, own.BasePrice.MicroUnits)))];
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>One listing; null when it is not there for the viewer.</summary>
    public FoundAgent? FindOne(AgentId agent, CallerAccess viewer)
    {
        _gate.EnterReadLock();
        try
        {
            return _slots.TryGetValue(agent, out var slot) && _listings[slot] is { } listing && listing.IsSeenBy(viewer)
                ? listing.Show(viewer.Tenant, 1, 1, null, null, 0.5)
                : null;
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    // Listings that pass all filters and that the viewer may know of.
    private void Filter(AgentSearch search, CallerAccess viewer, Span<byte> open)
    {
        var tenantOf = _tenantOf;
        _isPublic.AsSpan(0, open.Length).CopyTo(open);
        Open(viewer, open);
        if (search.Organisation is { } organisation)
        {
            var only = _tenants.GetValueOrDefault(organisation, -2);
            for (var i = 0; i < open.Length; i++)
                open[i] = tenantOf[i] == only ? open[i] : (byte)0;
        }
        foreach (var capability in search.Capabilities)
            Keep("capability:" + Slug(capability), open);
        if (search.Category is { Length: > 0 } category)
            Keep("category:" + Slug(category), open);
        if (search.Language is { Length: > 0 } language)
            Keep("language:" + Slug(language), open);
        if (search.Region is { Length: > 0 } region)
            Keep("region:" + Slug(region), open);
        if (search.Visibility is { Length: > 0 } visibility)
            Keep("visibility:" + visibility, open);
        if (search.MaxPrice is { } most)
        {
            Keep("currency:" + most.Currency.Code, open);
            for (var i = 0; i < open.Length; i++)
                open[i] = _price[i] <= most.MicroUnits ? open[i] : (byte)0;
        }
        if (search.MinReputation is { } least)
        {
            for (var i = 0; i < open.Length; i++)
                open[i] = _trust[i] >= (double)least ? open[i] : (byte)0;
        }
        if (search.MaxLatencyMs is { } longest)
        {
            for (var i = 0; i < open.Length; i++)
                open[i] = _latency[i] <= longest ? open[i] : (byte)0;
        }
        if (search.AvailableNow)
        {
            for (var i = 0; i < open.Length; i++)
                open[i] = _available[i] >= 1 ? open[i] : (byte)0;
        }
    }

    // Public ones are open already: the own tenant's, those of organisations that allow the viewer, and agents with a rule of
    // their own about it, which are few and asked one by one.
    private void Open(CallerAccess viewer, Span<byte> open)
    {
        var organisations = viewer.Tenant is { } own ? viewer.Organisations.Append(own) : viewer.Organisations;
        var numbers = organisations.Select(o => _tenants.GetValueOrDefault(o, -1)).Where(n => n >= 0).ToHashSet();
        foreach (var slot in CollectionsMarshal.AsSpan(_hidden))
        {
            if (numbers.Contains(_tenantOf[slot]))
                open[slot] = 1;
        }
        foreach (var agent in viewer.NamedAgents)
        {
            if (_slots.TryGetValue(agent, out var slot))
                open[slot] = _listings[slot]!.IsSeenBy(viewer) ? (byte)1 : (byte)0;
        }
    }

    private void Keep(string attribute, Span<byte> open)
    {
        if (!_attributes.TryGetValue(attribute, out var slots))
        {
            open.Clear();
            return;
        }
        foreach (var slot in slots)
            open[slot] |= 2;
        for (var i = 0; i < open.Length; i++)
            open[i] = open[i] == 3 ? (byte)1 : (byte)0;
    }

    private static List<Hit> All(ReadOnlySpan<byte> open)
    {
        var hits = new List<Hit>();
        for (var slot = 0; slot < open.Length; slot++)
        {
            if (open[slot] != 0)
                hits.Add(new Hit(slot, 1, null, null));
        }
        return hits;
    }

    private List<Hit> Matching(string text, ReadOnlySpan<byte> open, float[]? vector) =>
        [.. texts.Search(text, open, Count, vector).Take(MostHits).Select(m => new Hit(m.Slot, m.Relevance, m.Lexical, m.Semantic))];

    private long UsualPrice(List<Hit> hits)
    {
        if (hits.Count == 0)
            return 1;
        var prices = hits.Take(1_000).Select(h => _price[h.Slot]).Order().ToArray();
        return Math.Max(1, prices[prices.Length / 2]);
    }

    private double PriceOf(int slot, long usual) => Math.Clamp(1 - _price[slot] / (2.0 * Math.Max(1, usual)), 0, 1);

    private double ScoreOf(Hit hit) => Math.Round(hit.Relevance * (1 - TrustWeight - PriceWeight - AvailabilityWeight
        + TrustWeight * _trust[hit.Slot] + PriceWeight * hit.Price + AvailabilityWeight * _available[hit.Slot]), 6);

    // The page after the cursor's place, picked without sorting all.
    private Page<FoundAgent> Cut(List<Hit> hits, SearchOrder order, CallerAccess viewer, int limit, string? after)
    {
        var from = ReadPlace(order, after);
        var best = new PriorityQueue<Hit, Place>(limit + 2, Comparer<Place>.Create((a, b) => b.CompareTo(a)));
        foreach (var hit in hits)
        {
            var listing = _listings[hit.Slot];
            if (listing is null)
                continue;
            var place = PlaceOf(order, hit, listing);
            if (from is { } last && place.CompareTo(last) <= 0)
                continue;
            if (best.Count <= limit)
                best.Enqueue(hit, place);
            else
                best.EnqueueDequeue(hit, place);
        }
        var page = new List<(Hit Hit, Place Place)>(best.Count);
        while (best.TryDequeue(out var hit, out var place))
            page.Add((hit, place));
        page.Reverse();
        var next = page.Count > limit ? Paging.Encode($"{order}|{page[limit - 1].Place}") : null;
        // The filter has said so already: found must never mean more than permitted.
        return new Page<FoundAgent>([.. page.Take(limit).Where(p => _listings[p.Hit.Slot]!.IsSeenBy(viewer)).Select(p => _listings[p.Hit.Slot]!.Show(viewer.Tenant, p.Hit.Score, p.Hit.Relevance, p.Hit.Lexical, p.Hit.Semantic, p.Hit.Price))], next);
    }

    private Place PlaceOf(SearchOrder order, Hit hit, Listing listing) => order switch
    {
        SearchOrder.Trust => new(_trust[hit.Slot], "", listing.Id.Value),
        SearchOrder.Price => new(-(double)_price[hit.Slot], "", listing.Id.Value),
        SearchOrder.Newest => new(listing.RegisteredAt.UtcTicks, "", listing.Id.Value),
        SearchOrder.Name => new(0, listing.Name, listing.Id.Value),
        _ => new(hit.Score, "", listing.Id.Value),
    };

    // A cursor of another order, or one that is not ours, starts the list anew.
    private static Place? ReadPlace(SearchOrder order, string? text) =>
        text?.Split('|', 4) is [var by, var value, var id, var name] && by == order.ToString() && double.TryParse(value, CultureInfo.InvariantCulture, out var v) && Guid.TryParse(id, out var g)
            ? new Place(v, name, g)
            : null;

    private static string Slug(string text) => text.Trim().ToLowerInvariant().Replace(' ', '-');

    private readonly record struct Hit(int Slot, double Relevance, double? Lexical, double? Semantic, double Price = 0, double Score = 0);

    // Higher values first, then names from a to z, then the older agent.
    private readonly record struct Place(double Value, string Name, Guid Id) : IComparable<Place>
    {
        public int CompareTo(Place other) => Value != other.Value ? other.Value.CompareTo(Value)
            : string.Compare(Name, other.Name, StringComparison.OrdinalIgnoreCase) is var names and not 0 ? names : Id.CompareTo(other.Id);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:R}|{Id}|{Name}");
    }
}
