using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Search;

namespace Hermes.Infrastructure.Marketplace;

/// <summary>
/// One filling of the index: listings by slot with what filters need in plain arrays, and their texts. Searches read beside each
/// other; a change waits for them and they for it, each for some milliseconds at most. What takes long about a change, reading its
/// text and embedding it, is done before.
/// </summary>
internal sealed partial class Catalogue(TextIndex texts, FeatureReader reader) : IDisposable
{
    /// <summary>Most hits of a text search, over all pages.</summary>
    public const int MostHits = 300;

    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Dictionary<AgentId, int> _slots = [];
    private readonly Dictionary<string, List<int>> _attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<TenantId, int> _tenants = [];
    private readonly HashSet<AgentId> _awaiting = [];
    private Listing?[] _listings = [];
    private int[] _tenantOf = [];
    private byte[] _isPublic = [];
    private readonly List<int> _hidden = [];
    private long[] _price = [];
    private double[] _trust = [];
    private double[] _available = [];
    private int[] _latency = [];

    /// <summary>Listings that are alive.</summary>
    public int Count => _slots.Count;

    /// <summary>Slots of listings that changed or went since the filling.</summary>
    public int Dead => texts.Slots - _slots.Count;

    /// <summary>Listings that a model's vector is still to be set for.</summary>
    public int Awaiting => _awaiting.Count;

    /// <summary>Adds a listing or replaces it; features may be given where they were read before. A model's vector stays while the text does.</summary>
    public void Put(Listing listing, Features? features = null, float[]? vector = null)
    {
        if (_slots.TryGetValue(listing.Id, out var known) && _listings[known]!.Version == listing.Version && vector is null)
        {
            Change(listing.Id, l => l with { Trust = listing.Trust, Presence = listing.Presence, LatencyMs = listing.LatencyMs });
            return;
        }
        features ??= reader.Of(listing.Text);
        vector ??= texts.VectorOf(features);
        _gate.EnterWriteLock();
        try
        {
            var kept = vector is null && _slots.TryGetValue(listing.Id, out var before) && !_awaiting.Contains(listing.Id) && _listings[before]!.Text.Whole == listing.Text.Whole
                ? before : -1;
            Drop(listing.Id);
            var slot = texts.Add(features, vector);
            if (kept >= 0)
                texts.CopyVector(kept, slot);
            else if (vector is null)
                _awaiting.Add(listing.Id);
            Reserve(slot + 1);
            _slots[listing.Id] = slot;
            _tenantOf[slot] = TenantNumber(listing.Tenant);
            _isPublic[slot] = listing.Visibility == "public" ? (byte)1 : (byte)0;
            if (_isPublic[slot] == 0)
                _hidden.Add(slot);
            _price[slot] = listing.BasePrice.MicroUnits;
            Set(slot, listing);
            foreach (var attribute in AttributesOf(listing))
            {
                if (!_attributes.TryGetValue(attribute, out var own))
                    _attributes[attribute] = own = [];
                own.Add(slot);
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Takes a listing out; nothing happens when it is not in.</summary>
    public void Remove(AgentId agent)
    {
        _gate.EnterWriteLock();
        try
        {
            Drop(agent);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Changes what is not text: trust, presence.</summary>
    public void Change(AgentId agent, Func<Listing, Listing> change)
    {
        _gate.EnterWriteLock();
        try
        {
            if (_slots.TryGetValue(agent, out var slot))
                Set(slot, change(_listings[slot]!));
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Sets who is connected; all others are there by their endpoint, or not at all.</summary>
    public void SetPresences(IReadOnlyDictionary<Guid, string> presences)
    {
        var changed = new List<(AgentId Agent, string Presence)>();
        _gate.EnterReadLock();
        try
        {
            foreach (var (agent, slot) in _slots)
            {
                var listing = _listings[slot]!;
                var now = presences.GetValueOrDefault(agent.Value, Listing.Unconnected(listing.HasEndpoint));
                if (listing.Presence != now)
                    changed.Add((agent, now));
            }
        }
        finally
        {
            _gate.ExitReadLock();
        }
        foreach (var (agent, presence) in changed)
            Change(agent, l => l with { Presence = presence });
    }

    /// <summary>Gives back what was reserved for more, after a filling.</summary>
    public void Trim()
    {
        _gate.EnterWriteLock();
        try
        {
            texts.Trim();
            _slots.TrimExcess();
            foreach (var slots in _attributes.Values)
                slots.TrimExcess();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>A text's vector of the built-in embedder; null where a model's are used. Needs no lock.</summary>
    public float[]? VectorOf(Features features) => texts.VectorOf(features);

    /// <summary>Sets a model's vector of a listing, unless its text is another by now.</summary>
    public void SetVector(AgentId agent, string text, float[] vector)
    {
        _gate.EnterWriteLock();
        try
        {
            if (!_awaiting.Contains(agent) || _slots[agent] is var slot && _listings[slot]!.Text.Whole != text)
                return;
            texts.SetVector(slot, vector);
            _awaiting.Remove(agent);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Texts that a model's vector is still to be set for.</summary>
    public List<(AgentId Agent, string Text)> TextsAwaiting()
    {
        _gate.EnterReadLock();
        try
        {
            return [.. _awaiting.Select(agent => (agent, _listings[_slots[agent]]!.Text.Whole))];
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    private void Set(int slot, Listing listing)
    {
        _listings[slot] = listing;
        _trust[slot] = (double)listing.Trust;
        _available[slot] = Listing.Availability(listing.Presence);
        _latency[slot] = listing.LatencyMs ?? int.MaxValue;
    }

    private void Drop(AgentId agent)
    {
        if (!_slots.Remove(agent, out var slot))
            return;
        _awaiting.Remove(agent);
        _listings[slot] = null;
        _tenantOf[slot] = -1;
        _isPublic[slot] = 0;
    }

    private int TenantNumber(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var number))
            _tenants[tenant] = number = _tenants.Count;
        return number;
    }

    private static IEnumerable<string> AttributesOf(Listing listing) =>
        listing.Capabilities.Select(c => "capability:" + c).Concat(listing.Categories.Select(c => "category:" + c))
            .Concat(listing.Languages.Select(l => "language:" + l)).Concat(listing.Regions.Select(r => "region:" + r))
            .Append("currency:" + listing.BasePrice.Currency.Code).Append("visibility:" + listing.Visibility);

    private void Reserve(int slots)
    {
        if (slots <= _listings.Length)
            return;
        var capacity = Math.Max(256, slots + slots / 2);
        Array.Resize(ref _listings, capacity);
        Array.Resize(ref _tenantOf, capacity);
        Array.Resize(ref _isPublic, capacity);
        Array.Resize(ref _price, capacity);
        Array.Resize(ref _trust, capacity);
        Array.Resize(ref _available, capacity);
        Array.Resize(ref _latency, capacity);
    }
}
