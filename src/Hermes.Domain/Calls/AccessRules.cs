using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>What a rule says.</summary>
public enum AccessEffect
{
    /// <summary>The caller may call.</summary>
    Allow,
    /// <summary>The caller may not call.</summary>
    Deny,
}

/// <summary>Which step of the order decided.</summary>
public enum AccessReason
{
    /// <summary>The agent's owner denies this caller this agent.</summary>
    DeniedByAgent,
    /// <summary>The agent's owner allows this caller this agent.</summary>
    AllowedByAgent,
    /// <summary>The agent's owner allows this caller all of its agents.</summary>
    AllowedByOrganisation,
    /// <summary>Caller and agent have the same owner.</summary>
    SameTenant,
    /// <summary>The agent is public.</summary>
    Public,
    /// <summary>Nothing allows it.</summary>
    Private,
}

/// <summary>A decision with its reason.</summary>
/// <param name="Reason">The step that decided.</param>
public readonly record struct AccessDecision(AccessReason Reason)
{
    /// <summary>True when the caller may call.</summary>
    public bool IsAllowed => Reason is not (AccessReason.DeniedByAgent or AccessReason.Private);

    /// <summary>True when the owner named this caller, or is the caller: no further approval is asked.</summary>
    public bool IsApproved => Reason is AccessReason.AllowedByAgent or AccessReason.AllowedByOrganisation or AccessReason.SameTenant;
}

/// <summary>What bears on one caller and one agent.</summary>
/// <param name="AgentDenies">A rule of the agent denies the caller or its tenant.</param>
/// <param name="AgentAllows">A rule of the agent allows the caller or its tenant.</param>
/// <param name="OrganisationAllows">A rule of the owner allows the caller or its tenant all of its agents.</param>
/// <param name="SameTenant">Caller and agent have the same owner.</param>
/// <param name="IsPublic">The agent is public.</param>
public readonly record struct AccessFacts(bool AgentDenies, bool AgentAllows, bool OrganisationAllows, bool SameTenant, bool IsPublic);

/// <summary>Who may call an agent, in the one stated order.</summary>
public static class AccessRules
{
    /// <summary>Agent-level deny, agent-level allow, organisation-level allow, same tenant, public, else deny.</summary>
    public static AccessDecision Decide(AccessFacts facts) => new(
        facts.AgentDenies ? AccessReason.DeniedByAgent
        : facts.AgentAllows ? AccessReason.AllowedByAgent
        : facts.OrganisationAllows ? AccessReason.AllowedByOrganisation
        : facts.SameTenant ? AccessReason.SameTenant
        : facts.IsPublic ? AccessReason.Public
        : AccessReason.Private);
}

/// <summary>An owner's word about a caller: for one agent, or for all of its agents.</summary>
public sealed class AccessRule : ITenantOwned
{
    private AccessRule() { }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>The agent; null for all of the owner's.</summary>
    public AgentId? AgentId { get; private set; }

    /// <summary>What it says.</summary>
    public AccessEffect Effect { get; private set; }

    /// <summary>The calling organisation; null when the rule names an agent.</summary>
    public TenantId? CallerTenantId { get; private set; }

    /// <summary>The calling agent; null when the rule names an organisation.</summary>
    public AgentId? CallerAgentId { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>A new rule.</summary>
    public static AccessRule Make(TenantId owner, AgentId? agent, AccessEffect effect, AccessSubject subject, TimeProvider clock) => new()
    {
        Id = Guid.CreateVersion7(clock.GetUtcNow()),
        TenantId = owner,
        AgentId = agent,
        Effect = effect,
        CallerTenantId = subject.Tenant,
        CallerAgentId = subject.Agent,
        CreatedAt = clock.GetUtcNow(),
    };

    /// <summary>Says the opposite from now on.</summary>
    public void Turn(AccessEffect effect) => Effect = effect;
}

/// <summary>Whom a rule is about: one organisation or one agent.</summary>
/// <param name="Tenant">The organisation; null when it is an agent.</param>
/// <param name="Agent">The agent; null when it is an organisation.</param>
public readonly record struct AccessSubject(TenantId? Tenant, AgentId? Agent)
{
    /// <summary>True when exactly one is named.</summary>
    public bool IsValid => Tenant is not null ^ Agent is not null;
}

/// <summary>A caller that asks an owner for approval.</summary>
public sealed class AccessRequest : ITenantOwned
{
    private AccessRequest() { }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>The agent's owner, who decides.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>Who asks.</summary>
    public TenantId CallerTenantId { get; private set; }

    /// <summary>A line to the owner; may be empty.</summary>
    public string Note { get; private set; } = "";

    /// <summary>When it was asked.</summary>
    public DateTimeOffset AskedAt { get; private set; }

    /// <summary>When the owner decided; null while it waits.</summary>
    public DateTimeOffset? DecidedAt { get; private set; }

    /// <summary>A new request.</summary>
    public static AccessRequest Ask(TenantId owner, AgentId agent, TenantId caller, string note, TimeProvider clock) => new()
    {
        Id = Guid.CreateVersion7(clock.GetUtcNow()),
        TenantId = owner,
        AgentId = agent,
        CallerTenantId = caller,
        Note = note,
        AskedAt = clock.GetUtcNow(),
    };

    /// <summary>The owner has decided, by a rule.</summary>
    public void Decide(TimeProvider clock) => DecidedAt ??= clock.GetUtcNow();
}

/// <summary>How an owner wants one agent to be called.</summary>
public sealed class CallPolicy : ITenantOwned, IVersioned
{
    /// <summary>Calls at the same time when the owner says nothing.</summary>
    public const int DefaultParallel = 64;

    /// <summary>Seconds that a call may take when neither owner nor caller say anything.</summary>
    public const int DefaultTimeoutSeconds = 60;

    /// <summary>Longest call.</summary>
    public const int MaxTimeoutSeconds = 86_400;

    private CallPolicy() { }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>True when strangers need the owner's word first.</summary>
    public bool RequiresApproval { get; private set; }

    /// <summary>Origins (<c>https://example.com</c>) that strangers' calls must come from; empty for any.</summary>
    public string[] AllowedOrigins { get; private set; } = [];

    /// <summary>Most calls in any 60 minutes; null for no limit.</summary>
    public int? MaxCallsPerHour { get; private set; }

    /// <summary>Most calls at the same time.</summary>
    public int MaxParallel { get; private set; }

    /// <summary>Seconds that a call may take when the caller says nothing.</summary>
    public int TimeoutSeconds { get; private set; }

    /// <summary>The agent that takes over when this one can't be reached; null for none.</summary>
    public AgentId? BackupAgentId { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>What holds for an agent whose owner said nothing.</summary>
    public static CallPolicy Default(AgentId agent, TenantId owner) => new()
    {
        AgentId = agent,
        TenantId = owner,
        MaxParallel = DefaultParallel,
        TimeoutSeconds = DefaultTimeoutSeconds,
    };

    /// <summary>Takes new terms; refused when one is out of range.</summary>
    public Result<Done> Set(bool requiresApproval, IReadOnlyList<string> origins, int? perHour, int parallel, int timeoutSeconds, AgentId? backup)
    {
        var wrong = new Dictionary<string, string[]>();
        if (origins.Count > 20 || origins.Any(o => !IsOrigin(o)))
            wrong["allowed_origins"] = ["At most 20 origins such as https://example.com."];
        if (perHour is < 1 or > 1_000_000)
            wrong["max_calls_per_hour"] = ["Between 1 and 1,000,000, or null."];
        if (parallel is < 1 or > 10_000)
            wrong["max_parallel"] = ["Between 1 and 10,000."];
        if (timeoutSeconds is < 1 or > MaxTimeoutSeconds)
            wrong["timeout_seconds"] = [$"Between 1 and {MaxTimeoutSeconds}."];
        if (backup == AgentId)
            wrong["backup_agent_id"] = ["Another agent than this one."];
        if (wrong.Count > 0)
            return Error.Validation(wrong);
        (RequiresApproval, AllowedOrigins, MaxCallsPerHour) = (requiresApproval, [.. origins.Distinct(StringComparer.OrdinalIgnoreCase)], perHour);
        (MaxParallel, TimeoutSeconds, BackupAgentId) = (parallel, timeoutSeconds, backup);
        return Done.Ok;
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 && !text.EndsWith('/');
}
