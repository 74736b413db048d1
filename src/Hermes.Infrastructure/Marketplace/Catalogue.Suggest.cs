using Hermes.Application.Calls.Public;
using Hermes.Application.Marketplace;

namespace Hermes.Infrastructure.Marketplace;

internal sealed partial class Catalogue
{
    /// <summary>Capabilities and agents with a word that begins with the text; what most agents can do comes first.</summary>
    public IReadOnlyList<Suggestion> Suggest(string text, CallerAccess viewer, int count)
    {
        var start = text.Trim().ToLowerInvariant();
        if (start.Length == 0)
            return [];
        _gate.EnterReadLock();
        try
        {
            var open = new byte[texts.Slots];
            Filter(new AgentSearch(), viewer, open);
            var capabilities = _attributes
                .Where(a => a.Key.StartsWith("capability:", StringComparison.Ordinal) && Begins(a.Key.AsSpan(11), start))
                .Select(a => (Name: a.Key[11..], Agents: a.Value.Count(slot => open[slot] != 0)))
                .Where(c => c.Agents > 0).OrderByDescending(c => c.Agents).ThenBy(c => c.Name, StringComparer.Ordinal).Take((count + 1) / 2)
                .Select(c => new Suggestion(c.Name, "capability", null)).ToList();
            var agents = new List<Listing>();
            for (var slot = 0; slot < open.Length && agents.Count < 200; slot++)
            {
                if (open[slot] != 0 && _listings[slot] is { } listing && Begins(listing.Name, start) && listing.IsSeenBy(viewer))
                    agents.Add(listing);
            }
            return [.. capabilities, .. agents.OrderByDescending(a => a.Name.StartsWith(start, StringComparison.OrdinalIgnoreCase)).ThenByDescending(a => a.Trust)
                .ThenBy(a => a.Name, StringComparer.Ordinal).Take(count - capabilities.Count).Select(a => new Suggestion(a.Name, "agent", a.Id))];
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>What the agents that the viewer may know of say in fields that can be filtered by.</summary>
    public UsedValues Choices(CallerAccess viewer, int count)
    {
        _gate.EnterReadLock();
        try
        {
            var open = new byte[texts.Slots];
            Filter(new AgentSearch(), viewer, open);
            var own = new int[_tenants.Count];
            for (var slot = 0; slot < open.Length; slot++)
            {
                if (open[slot] != 0)
                    own[_tenantOf[slot]]++;
            }
            string[] Used(string field) => [.. _attributes.Where(a => a.Key.StartsWith(field, StringComparison.Ordinal))
                .Select(a => (Name: a.Key[field.Length..], Agents: a.Value.Count(slot => open[slot] != 0))).Where(v => v.Agents > 0)
                .OrderByDescending(v => v.Agents).Take(count).Select(v => v.Name).Order(StringComparer.Ordinal)];
            return new UsedValues(Used("category:"), Used("language:"), Used("region:"),
                [.. _tenants.Where(t => own[t.Value] > 0).OrderByDescending(t => own[t.Value]).Take(count).Select(t => t.Key)]);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    // At the beginning of any word.
    private static bool Begins(ReadOnlySpan<char> name, string start)
    {
        for (var at = name.IndexOf(start, StringComparison.OrdinalIgnoreCase); at >= 0;)
        {
            if (at == 0 || !char.IsLetterOrDigit(name[at - 1]))
                return true;
            var next = name[(at + 1)..].IndexOf(start, StringComparison.OrdinalIgnoreCase);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return false;
    }
}
