using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Calls;

/// <summary>Who may call an agent, and how.</summary>
public sealed class PermissionsModel(ICurrentActor current) : HermesPage
{
    /// <summary>The agent.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>How the agent wants to be called, as people write it.</summary>
    [BindProperty]
    public PolicyInput Input { get; set; } = new();

    /// <summary>What holds.</summary>
    public CallPermissions Permissions { get; private set; } = null!;

    /// <summary>True for those who may change it.</summary>
    public bool MayUpdate => current.Actor.Has(Domain.Identity.Permissions.AgentsUpdate);

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        if (await ShowAsync() is { } refused)
            return refused;
        Input = PolicyInput.Of(Permissions.Policy);
        return Page();
    }

    /// <summary>Changes how it is called.</summary>
    public Task<IActionResult> OnPostPolicyAsync() => ActAsync(new SetCallPolicy(new AgentId(Id), Input.ToPolicy()), "Saved.", "Input");

    /// <summary>Allows or denies a caller.</summary>
    /// <param name="effect">What.</param>
    /// <param name="kind"><c>agent</c> or <c>organisation</c>.</param>
    /// <param name="caller">Its id.</param>
    /// <param name="all">For all agents of the organisation.</param>
    public Task<IActionResult> OnPostRuleAsync(AccessEffect effect, string kind, Guid? caller, bool all) => ActAsync(
        new RuleCaller(all && effect == AccessEffect.Allow ? null : new AgentId(Id), effect,
            kind == "agent" ? new AccessSubject(null, caller is { } agent ? new AgentId(agent) : null) : new AccessSubject(caller is { } tenant ? new TenantId(tenant) : null, null)),
        effect == AccessEffect.Allow ? "Let in." : "Kept out.", "");

    /// <summary>Takes a rule back.</summary>
    /// <param name="rule">Which.</param>
    public Task<IActionResult> OnPostRemoveAsync(Guid rule) => ActAsync(new RemoveAccessRule(rule), "Taken back.", "");

    private async Task<IActionResult> ActAsync<T>(IRequest<Result<T>> request, string said, string prefix)
    {
        var result = await SendAsync(request);
        if (result.Succeeded)
        {
            Say(said);
            return Go($"/agents/{Id}/permissions");
        }
        if (await ShowAsync() is { } refused)
            return refused;
        if (prefix.Length == 0)
            Input = PolicyInput.Of(Permissions.Policy);
        return Refused(result.Error, prefix);
    }

    private async Task<IActionResult?> ShowAsync()
    {
        var result = await SendAsync(new GetCallPermissions(new AgentId(Id)));
        if (!result.Succeeded)
            return Refused(result.Error);
        Permissions = result.Value;
        return null;
    }
}

/// <summary>A call policy as a form has it.</summary>
public sealed class PolicyInput
{
    /// <summary>Strangers need the owner's word first.</summary>
    public bool RequiresApproval { get; set; }

    /// <summary>Origins, one to a line.</summary>
    public string? AllowedOrigins { get; set; }

    /// <summary>Empty for no limit.</summary>
    public int? MaxCallsPerHour { get; set; }

    /// <summary>Calls at the same time.</summary>
    public int MaxParallel { get; set; } = CallPolicy.DefaultParallel;

    /// <summary>Seconds that a call may take.</summary>
    public int TimeoutSeconds { get; set; } = CallPolicy.DefaultTimeoutSeconds;

    /// <summary>Takes over; empty for none.</summary>
    public Guid? BackupAgentId { get; set; }

    internal CallPolicyView ToPolicy() => new(RequiresApproval,
        (AllowedOrigins ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        MaxCallsPerHour, MaxParallel, TimeoutSeconds, BackupAgentId is { } id ? new AgentId(id) : null);

    internal static PolicyInput Of(CallPolicyView policy) => new()
    {
        RequiresApproval = policy.RequiresApproval,
        AllowedOrigins = string.Join('\n', policy.AllowedOrigins),
        MaxCallsPerHour = policy.MaxCallsPerHour,
        MaxParallel = policy.MaxParallel,
        TimeoutSeconds = policy.TimeoutSeconds,
        BackupAgentId = policy.BackupAgentId?.Value,
    };
}
