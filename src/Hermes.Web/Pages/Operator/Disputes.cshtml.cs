using System.Globalization;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>The queue of disputes.</summary>
public sealed class DisputesModel(TimeProvider clock) : HermesPage
{
    /// <summary>True for closed ones.</summary>
    [BindProperty(SupportsGet = true, Name = "closed")]
    public bool Closed { get; set; }

    /// <summary>Only these; null for any.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public DisputeState? State { get; set; }

    /// <summary>Opened at least so many hours ago; null for any.</summary>
    [BindProperty(SupportsGet = true, Name = "age")]
    public int? Age { get; set; }

    /// <summary>The page shown.</summary>
    public Page<DisputeRow> Disputes { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListDisputes(!Closed, null, cursor, State, Age));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Disputes = result.Value;
        return Page();
    }

    /// <summary>The list as CSV, at most 10,000 rows.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListDisputes(!Closed, Paging.MaxLimit, cursor, State, Age));
        return rows.Succeeded
            ? Csv("disputes", ["contract_id", "title", "state", "opened_by", "opened_at", "poster_tenant_id", "winner_tenant_id", "agent_id", "agent", "price", "currency", "failed_checks", "released_percent", "closed_at"],
                rows.Value.Select(r => (string?[])
                [
                    r.ContractId.ToString(), r.Title, SnakeCase.Of(r.Dispute.State.ToString()), SnakeCase.Of(r.Dispute.OpenedBy.ToString()), r.Dispute.OpenedAt.ToString("O"), r.PosterTenantId.ToString(),
                    r.WinnerTenantId.ToString(), r.AgentId.ToString(), r.AgentName, r.Held.ToAmountString(), r.Held.Currency.Code,
                    r.Dispute.Findings.Count(f => f.Passed == false).ToString(CultureInfo.InvariantCulture), r.Dispute.FinalPercent?.ToString(CultureInfo.InvariantCulture), r.Dispute.ClosedAt?.ToString("O"),
                ]))
            : Refused(rows.Error, "");
    }

    /// <summary>How long it has been open, or was, in days and hours.</summary>
    public string AgeOf(DisputeView dispute)
    {
        var age = (dispute.ClosedAt ?? clock.GetUtcNow()) - dispute.OpenedAt;
        return age.TotalDays >= 1 ? $"{(int)age.TotalDays} d {age.Hours} h" : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h {age.Minutes} min" : $"{Math.Max(0, (int)age.TotalMinutes)} min";
    }

    /// <summary>True when an operator is to decide and the case is older than three days.</summary>
    public bool IsOverdue(DisputeView dispute) =>
        dispute.State is DisputeState.InReview or DisputeState.Appealed && clock.GetUtcNow() - (dispute.AppealedAt ?? dispute.RespondedAt ?? dispute.RespondBy) > TimeSpan.FromDays(3);
}
