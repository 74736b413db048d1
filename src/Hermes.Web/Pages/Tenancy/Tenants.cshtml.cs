using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Hermes.Application.Identity;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.Web.Api.Tenancy;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace Hermes.Web.Pages.Tenancy;

/// <summary>The installation's tenants, for operators.</summary>
[WorksWithoutTenant]
public sealed class TenantsModel : HermesPage
{
    /// <summary>The tenant to make.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Slug">Its short name; empty to make one of the name.</param>
    /// <param name="OwnerEmail">Its first admin.</param>
    /// <param name="OwnerPassword">For somebody without an account.</param>
    public sealed record Fields([Required] string Name, string? Slug, [Required] string OwnerEmail, string? OwnerPassword);

    /// <summary>The tenant to make.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", null, "", null);

    /// <summary>Part of a name to search for.</summary>
    [BindProperty(SupportsGet = true, Name = "search")]
    public string? Search { get; set; }

    /// <summary>Only tenants of this state; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "status")]
    public TenantStatus? Status { get; set; }

    /// <summary>The tenants shown.</summary>
    public Page<TenantView> Tenants { get; private set; } = new([], null);

    /// <summary>Who brought those of them here that somebody brought.</summary>
    public IReadOnlyDictionary<TenantId, ReferrerView> Referrers { get; private set; } = new Dictionary<TenantId, ReferrerView>();

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } refused ? Refused(refused) : Page();

    /// <summary>The list as CSV.</summary>
    public Task<IActionResult> OnGetCsvAsync() => CsvAsync(TenancyEndpoints.Csv, cursor => new ListTenants(Search, Status, Paging.MaxLimit, cursor));

    /// <summary>Makes a tenant.</summary>
    public async Task<IActionResult> OnPostCreateAsync()
    {
        if (!ModelState.IsValid)
            return await AgainAsync(null);
        var slug = string.IsNullOrWhiteSpace(Input.Slug) ? Slug.Suggest(Input.Name) : Input.Slug.Trim();
        var result = await SendAsync(new CreateTenant(Input.Name, slug, new OwnerInput(Input.OwnerEmail.Trim(), Input.OwnerPassword)));
        if (!result.Succeeded)
            return await AgainAsync(result.Error);
        Say($"{result.Value.Name} was made.");
        return Go("/operator/tenants");
    }

    /// <summary>Suspends or reactivates a tenant.</summary>
    public async Task<IActionResult> OnPostStatusAsync(Guid tenant, TenantStatus status, uint version, string? reason)
    {
        ModelState.Clear();
        var result = await SendAsync(new UpdateTenant(new TenantId(tenant), null, status, reason, version));
        if (!result.Succeeded)
            return await AgainAsync(result.Error);
        Say(status == TenantStatus.Suspended ? $"{result.Value.Name} is suspended." : $"{result.Value.Name} works again.");
        return Go("/operator/tenants");
    }

    /// <summary>Names who brought a tenant here, or that nobody did.</summary>
    public async Task<IActionResult> OnPostReferrerAsync(Guid tenant, string? referrer, decimal percent)
    {
        var isWrong = ModelState.GetFieldValidationState("percent") == ModelValidationState.Invalid;
        ModelState.Clear();
        var result = isWrong ? SplitErrors.ReferrerOutOfRange : await SendAsync(new SetReferrer(new TenantId(tenant), referrer, percent));
        if (!result.Succeeded)
            return await AgainAsync(result.Error);
        Say(result.Value.ReferrerTenantId is null ? "Nobody has a share as the referrer any more." : $"The referrer gets {result.Value.ReferrerPercent.ToString("0.##", CultureInfo.InvariantCulture)} % from the next payment on.");
        return Go("/operator/tenants");
    }

    private async Task<IActionResult> AgainAsync(Error? error)
    {
        var answer = error is null ? Page() : Refused(Renamed(error));
        await LoadAsync(null);
        return answer;
    }

    // The form's fields lie flat.
    private static Error Renamed(Error error) => error.Members is null
        ? error
        : error with { Members = error.Members.ToDictionary(m => m.Key.Replace("owner.", "owner_", StringComparison.Ordinal), m => m.Value) };

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var tenants = await SendAsync(new ListTenants(Search, Status, null, cursor));
        if (!tenants.Succeeded)
            return tenants.Error;
        Tenants = tenants.Value;
        var referrers = await SendAsync(new ListReferrers([.. Tenants.Items.Select(t => t.Id)]));
        if (referrers.Succeeded)
            Referrers = referrers.Value;
        return referrers.Error;
    }
}
