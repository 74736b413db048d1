using Hermes.Application.Agents;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Hermes.Web.Pages.Ledger;

/// <summary>The organisation's spend mandates, and a form for a new one.</summary>
public sealed class MandatesModel(ICurrentActor current) : HermesPage
{
    /// <summary>Choices of the period.</summary>
    public static readonly IReadOnlyList<SelectListItem> Periods =
        [new("Once, in all", "Once"), new("Day", "Daily"), new("Week", "Weekly"), new("Month", "Monthly")];

    /// <summary><c>live</c>, or nothing for all.</summary>
    [BindProperty(SupportsGet = true, Name = "show")]
    public string? Show { get; set; }

    /// <summary>The new mandate.</summary>
    [BindProperty]
    public MandateForm Input { get; set; } = new();

    /// <summary>The list's page.</summary>
    public Page<MandateView> Mandates { get; private set; } = new([], null);

    /// <summary>The tenant's rules.</summary>
    public SpendRulesView Rules { get; private set; } = new(false);

    /// <summary>Agents that a mandate can be given to.</summary>
    public IReadOnlyList<SelectListItem> Agents { get; private set; } = [];

    /// <summary>Whether the actor may give mandates.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } refused ? Refused(refused, "") : Page();

    /// <summary>Gives a mandate.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (Input.Read(ModelState, out var agent, out var terms))
        {
            var given = await SendAsync(new GiveMandate(agent, terms));
            if (given.Succeeded)
            {
                Say($"“{given.Value.Name}” is given.");
                return Go($"/wallet/mandates/{given.Value.Id}");
            }
            if (given.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden)
                return Refused(given.Error);
            Explain(given.Error);
        }
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await LoadAsync(null) is { } refused ? Refused(refused, "") : Page();
    }

    /// <summary>Changes the rules.</summary>
    public async Task<IActionResult> OnPostRulesAsync(bool required)
    {
        var set = await SendAsync(new SetSpendRules(required));
        if (!set.Succeeded)
            return Refused(set.Error, "");
        Say(required ? "Agents pay by mandate only now." : "Agents without a mandate pay as the wallet allows.");
        return Go("/wallet/mandates");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var mandates = await SendAsync(new ListMandates(null, Show == "live", null, cursor));
        if (!mandates.Succeeded)
            return mandates.Error;
        Mandates = mandates.Value;
        if (await SendAsync(new GetSpendRules()) is { Succeeded: true } rules)
            Rules = rules.Value;
        if (MayManage && await SendAsync(new ListAgents(new AgentFilter { Mine = true }, Paging.MaxLimit, null)) is { Succeeded: true } agents)
            Agents = [.. agents.Value.Items.Select(a => new SelectListItem(a.Name, a.Id.ToString()))];
        return null;
    }
}

/// <summary>A mandate as a form writes it.</summary>
public sealed class MandateForm
{
    /// <summary>Who may spend.</summary>
    public Guid? Agent { get; set; }

    /// <summary>For people.</summary>
    public string? Name { get; set; }

    /// <summary>In units.</summary>
    public string? Amount { get; set; }

    /// <summary>A code.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>How often.</summary>
    public string Period { get; set; } = "Monthly";

    /// <summary>In units; blank for none.</summary>
    public string? PerCall { get; set; }

    /// <summary>The last day, UTC.</summary>
    public DateOnly? Ends { get; set; }

    /// <summary>Ids, one per line.</summary>
    public string? PayeeAgents { get; set; }

    /// <summary>Ids, one per line.</summary>
    public string? PayeeTenants { get; set; }

    /// <summary>Separated by commas.</summary>
    public string? Capabilities { get; set; }

    /// <summary>A label.</summary>
    public string? Project { get; set; }

    internal bool Read(Microsoft.AspNetCore.Mvc.ModelBinding.ModelStateDictionary state, out AgentId agent, out MandateInput terms)
    {
        agent = new AgentId(Agent ?? Guid.Empty);
        terms = new MandateInput();
        if (!state.IsValid)
            return false;
        Money? MoneyOf(string field, string? text)
        {
            if (string.IsNullOrWhiteSpace(text))
                return null;
            if (Domain.Shared.Currency.TryParse(Currency, out var currency) && Money.TryParse(text.Trim(), currency, out var money))
                return money;
            state.AddModelError($"Input.{field}", "An amount such as 100 or 12.50.");
            return null;
        }
        List<Guid> Ids(string field, string? text)
        {
            var ids = new List<Guid>();
            foreach (var line in (text ?? "").Split(['\n', '\r', ',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (Guid.TryParse(line, out var id))
                    ids.Add(id);
                else
                    state.AddModelError($"Input.{field}", $"“{line}” is no id.");
            }
            return ids;
        }
        if (Agent is null)
            state.AddModelError("Input.Agent", "Choose an agent.");
        if (!Enum.TryParse<MandatePeriod>(Period, out var period) || !Enum.IsDefined(period))
            state.AddModelError("Input.Period", "Once, a day, a week or a month.");
        terms = new MandateInput
        {
            Name = Name,
            Amount = MoneyOf(nameof(Amount), Amount),
            Period = period,
            PerCall = MoneyOf(nameof(PerCall), PerCall),
            ExpiresAt = Ends is { } day && day < DateOnly.MaxValue ? new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null,
            PayeeAgentIds = [.. Ids(nameof(PayeeAgents), PayeeAgents).Select(id => new AgentId(id))],
            PayeeTenantIds = [.. Ids(nameof(PayeeTenants), PayeeTenants).Select(id => new TenantId(id))],
            Capabilities = (Capabilities ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Project = Project,
        };
        return state.IsValid;
    }

    internal static MandateForm Of(MandateView view) => new()
    {
        Agent = view.AgentId.Value,
        Name = view.Name,
        Amount = view.Amount.ToAmountString(),
        Currency = view.Amount.Currency.Code,
        Period = view.Period.ToString(),
        PerCall = view.PerCall?.ToAmountString(),
        Ends = view.ExpiresAt is { } ends ? DateOnly.FromDateTime(ends.UtcDateTime.AddTicks(-1)) : null,
        PayeeAgents = string.Join('\n', view.PayeeAgentIds),
        PayeeTenants = string.Join('\n', view.PayeeTenantIds),
        Capabilities = string.Join(", ", view.Capabilities),
        Project = view.Project,
    };
}
