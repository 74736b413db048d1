using System.Collections.Frozen;
using static Hermes.Domain.Identity.Permissions;

namespace Hermes.Domain.Identity;

/// <summary>A role of people in a tenant.</summary>
/// <param name="Name">As stored and written by the API: <c>admin</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Description">What it is for, in a sentence.</param>
/// <param name="Permissions">What it grants.</param>
public sealed record Role(string Name, string Title, string Description, FrozenSet<string> Permissions);

/// <summary>The roles that every tenant has.</summary>
public static class BuiltInRoles
{
    /// <summary>Everything.</summary>
    public const string Admin = "admin";

    /// <summary>Agents and contracts.</summary>
    public const string Developer = "developer";

    /// <summary>Reads figures.</summary>
    public const string Analyst = "analyst";

    /// <summary>Money.</summary>
    public const string Finance = "finance";

    /// <summary>Helps others and reads the audit log.</summary>
    public const string Support = "support";

    /// <summary>Looks only.</summary>
    public const string Viewer = "viewer";

    /// <summary>Only in the platform's own tenant: who holds it there is an operator of the installation.</summary>
    public const string Operator = "operator";

    /// <summary>Those that a tenant can give its members, most powerful first.</summary>
    public static readonly IReadOnlyList<Role> All =
    [
        new(Admin, "Admin", "Everything, including people and settings.", ForPeople),
        new(Developer, "Developer", "Registers and calls agents, posts, awards and validates contracts.", Set(
            AgentsCreate, AgentsRead, AgentsUpdate, AgentsDelete, AgentsCall, ContractsCreate, ContractsRead, ContractsAward, ContractsValidate, AnalyticsView, BillingView)),
        new(Analyst, "Analyst", "Reads agents, contracts, money and figures.", Set(AgentsRead, ContractsRead, AnalyticsView, BillingView)),
        new(Finance, "Finance", "Manages the wallet.", Set(AgentsRead, ContractsRead, AnalyticsView, BillingView, BillingManage)),
        new(Support, "Support", "Accepts or rejects deliveries and reads the audit log.", Set(AgentsRead, ContractsRead, ContractsValidate, AuditView)),
        new(Viewer, "Viewer", "Looks at agents and contracts.", Set(AgentsRead, ContractsRead)),
    ];

    /// <summary>What operators hold in the platform's tenant, which is never a customer: no contracts, no agents of its own.</summary>
    public static readonly Role PlatformOperator = new(Operator, "Operator", "Runs the installation.", Set(
        AgentsRead, ContractsRead, AnalyticsView, BillingView, SettingsUpdate, AuditView));

    private static readonly FrozenDictionary<string, Role> ByName =
        All.Append(PlatformOperator).ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    /// <summary>What the role grants; nothing for an unknown name.</summary>
    public static FrozenSet<string> PermissionsOf(string? role) =>
        role is not null && ByName.TryGetValue(role, out var known) ? known.Permissions : [];

    /// <summary>True when a tenant can give the role to a member.</summary>
    public static bool IsAssignable(string? role) => role is not null && role != Operator && ByName.ContainsKey(role);

    private static FrozenSet<string> Set(params string[] permissions) => permissions.ToFrozenSet(StringComparer.Ordinal);
}
