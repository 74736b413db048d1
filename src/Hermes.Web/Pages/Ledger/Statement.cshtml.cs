using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Web.Api.Ledger;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Ledger;

/// <summary>One month's statement, to read and to print.</summary>
public sealed class StatementModel(ICurrentActor current, ITenants tenants) : HermesPage
{
    /// <summary><c>2026-11</c>.</summary>
    [BindProperty(SupportsGet = true, Name = "month")]
    public string Month { get; set; } = "";

    /// <summary>A code; null for the installation's own.</summary>
    [BindProperty(SupportsGet = true, Name = "currency")]
    public string? Currency { get; set; }

    /// <summary>The statement.</summary>
    public StatementView? Statement { get; private set; }

    /// <summary>A page of its entries.</summary>
    public Page<EntryView> Entries { get; private set; } = new([], null);

    /// <summary>The organisation's name.</summary>
    public string Organisation { get; private set; } = "";

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var statement = await SendAsync(new GetStatement(Month, string.IsNullOrEmpty(Currency) ? null : Currency));
        if (!statement.Succeeded)
            return statement.Error.Members is null ? Refused(statement.Error, "") : ErrorPage(WalletErrors.NotFound);
        Statement = statement.Value;
        if (await SendAsync(new ListTransactions(Filter(Statement), Paging.MaxLimit, cursor)) is { Succeeded: true } entries)
            Entries = entries.Value;
        Organisation = current.Actor.Tenant is { } tenant ? (await tenants.FindAsync(tenant, HttpContext.RequestAborted))?.Name ?? "" : "";
        return Page();
    }

    /// <summary>All of its entries as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var statement = await SendAsync(new GetStatement(Month, string.IsNullOrEmpty(Currency) ? null : Currency));
        if (!statement.Succeeded)
            return statement.Error.Members is null ? Refused(statement.Error, "") : ErrorPage(WalletErrors.NotFound);
        var rows = await AllAsync(cursor => new ListTransactions(Filter(statement.Value), Paging.MaxLimit, cursor));
        return rows.Succeeded ? Csv($"statement-{Month}-{statement.Value.Currency}", TransactionRows.Head, rows.Value.Select(TransactionRows.Of)) : Refused(rows.Error, "");
    }

    private static TransactionFilter Filter(StatementView statement) => new(null, statement.Currency, null, statement.From, statement.To);
}
