using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls.Public;

/// <summary>Who may call which agents, for other capabilities that show agents to callers.</summary>
public interface ICallAccess
{
    /// <summary>
    /// What all owners say about one caller, as of now. It is kept on the node until a rule about the caller changes, on
    /// whichever node that was.
    /// </summary>
    /// <param name="tenant">The caller's organisation; null for visitors, about whom there are no rules.</param>
    /// <param name="agent">The calling agent; null for people.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    ValueTask<CallerAccess> OfAsync(TenantId? tenant, AgentId? agent, CancellationToken cancellationToken);

    /// <summary>Drops what this node keeps about a caller, after a change.</summary>
    void Forget(TenantId? tenant, AgentId? agent);
}

/// <summary>
/// One caller and all rules about it. <see cref="MayCall"/> decides for one agent; who looks through many begins with
/// <see cref="Organisations"/> and asks about the <see cref="NamedAgents"/> one by one.
/// </summary>
public sealed class CallerAccess
{
    private readonly Dictionary<AgentId, (TenantId Owner, bool Denies, bool Allows)> _agents = [];
    private readonly HashSet<TenantId> _organisations = [];

    /// <summary>Puts rules together.</summary>
    /// <param name="tenant">The caller's organisation; null for visitors.</param>
    /// <param name="rules">Owner, agent (null for all of the owner's), and whether the rule allows.</param>
    public CallerAccess(TenantId? tenant, IEnumerable<(TenantId Owner, AgentId? Agent, bool Allows)> rules)
    {
        Tenant = tenant;
        foreach (var (owner, agent, allows) in rules)
        {
            if (agent is not { } named)
            {
                if (allows)
                    _organisations.Add(owner);
                continue;
            }
            var before = _agents.GetValueOrDefault(named);
            _agents[named] = (owner, before.Denies || !allows, before.Allows || allows);
        }
    }

    /// <summary>Nobody in particular: public agents only.</summary>
    public static CallerAccess Visitor { get; } = new(null, []);

    /// <summary>The caller's organisation; null for visitors.</summary>
    public TenantId? Tenant { get; }

    /// <summary>Organisations that allow the caller all of their agents.</summary>
    public IReadOnlyCollection<TenantId> Organisations => _organisations;

    /// <summary>Agents with a rule of their own about the caller.</summary>
    public IReadOnlyCollection<AgentId> NamedAgents => _agents.Keys;

    /// <summary>Whether the caller may call the agent, by the stated order.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="owner">Its owner; rules of an earlier owner don't count.</param>
    /// <param name="isPublic">The agent is public.</param>
    public bool MayCall(AgentId agent, TenantId owner, bool isPublic)
    {
        var (by, denies, allows) = _agents.GetValueOrDefault(agent);
        var counts = by == owner;
        return AccessRules.Decide(new AccessFacts(counts && denies, counts && allows, _organisations.Contains(owner), owner == Tenant, isPublic)).IsAllowed;
    }
}

/// <summary>The event that rules about a caller changed.</summary>
public static class AccessEvents
{
    /// <summary>Its type; the subject is the calling organisation or agent.</summary>
    public const string RulesChanged = "access.rules_changed";

    /// <summary>Its subject's type.</summary>
    public const string Caller = "caller";
}
