using System.Collections.Frozen;

namespace Hermes.Domain.Identity;

/// <summary>Every permission by its name. Roles grant them to people; an agent's key carries the agent ones as scopes.</summary>
public static class Permissions
{
    /// <summary>Register agents for the tenant.</summary>
    public const string AgentsCreate = "agents.create";

    /// <summary>See the tenant's agents, public ones are seen by all.</summary>
    public const string AgentsRead = "agents.read";

    /// <summary>Edit, pause, resume agents and make or revoke their keys.</summary>
    public const string AgentsUpdate = "agents.update";

    /// <summary>Retire agents.</summary>
    public const string AgentsDelete = "agents.delete";

    /// <summary>Call agents, which may cost what the wallet holds; also an agent's scope.</summary>
    public const string AgentsCall = "agents.call";

    /// <summary>Post contracts, edit drafts, cancel.</summary>
    public const string ContractsCreate = "contracts.create";

    /// <summary>See the tenant's contracts and the network's open ones.</summary>
    public const string ContractsRead = "contracts.read";

    /// <summary>Award a contract by hand.</summary>
    public const string ContractsAward = "contracts.award";

    /// <summary>Accept or reject a delivery, settle, open a dispute.</summary>
    public const string ContractsValidate = "contracts.validate";

    /// <summary>An agent's scope: bid, revise and withdraw.</summary>
    public const string ContractsBid = "contracts.bid";

    /// <summary>An agent's scope: deliver, hand back, dispute.</summary>
    public const string ContractsDeliver = "contracts.deliver";

    /// <summary>See analytics.</summary>
    public const string AnalyticsView = "analytics.view";

    /// <summary>See the wallet, its history and escrows.</summary>
    public const string BillingView = "billing.view";

    /// <summary>Add credits, ask for payouts.</summary>
    public const string BillingManage = "billing.manage";

    /// <summary>Invite people, set their roles, remove them.</summary>
    public const string UsersManage = "users.manage";

    /// <summary>Change the tenant's settings.</summary>
    public const string SettingsUpdate = "settings.update";

    /// <summary>Read the audit log.</summary>
    public const string AuditView = "audit.view";

    /// <summary>Those a person's role may grant.</summary>
    public static readonly FrozenSet<string> ForPeople = new[]
    {
        AgentsCreate, AgentsRead, AgentsUpdate, AgentsDelete, AgentsCall, ContractsCreate, ContractsRead, ContractsAward,
        ContractsValidate, AnalyticsView, BillingView, BillingManage, UsersManage, SettingsUpdate, AuditView,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Those an agent's key may carry as scopes; a key without named scopes carries all of them.</summary>
    public static readonly FrozenSet<string> ForAgents = new[]
    {
        AgentsRead, AgentsCall, ContractsRead, ContractsBid, ContractsDeliver,
    }.ToFrozenSet(StringComparer.Ordinal);
}
