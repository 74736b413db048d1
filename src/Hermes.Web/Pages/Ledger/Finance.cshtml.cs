using Hermes.Application.Ledger;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Hermes.Web.TagHelpers;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Ledger;

/// <summary>The organisation's finances with charts.</summary>
public sealed class FinanceModel : HermesPage
{
    /// <summary>A code; null for the installation's own.</summary>
    [BindProperty(SupportsGet = true, Name = "currency")]
    public string? Currency { get; set; }

    /// <summary>How many months.</summary>
    [BindProperty(SupportsGet = true, Name = "months")]
    public int LastMonths { get; set; } = 12;

    /// <summary>The figures.</summary>
    public FinanceView? Finance { get; private set; }

    /// <summary>The platform's shares in the months shown.</summary>
    public Money Fees => Finance!.Months.Aggregate(Money.Zero(Finance.Available.Currency), (sum, month) => sum + month.Fees);

    /// <summary>Income by month.</summary>
    public IReadOnlyList<ChartPoint> Income => Points(month => month.Income);

    /// <summary>Spending by month.</summary>
    public IReadOnlyList<ChartPoint> Spending => Points(month => month.Spending);

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } refused ? refused : Page();

    /// <summary>The months as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync() => await LoadAsync() is { } refused
        ? refused
        : Csv($"finance-{Finance!.Currency}", ["month", "currency", "income", "spending", "added", "paid_out", "fees"], Finance.Months.Select(m => new string?[]
        {
            m.Month, Finance.Currency, m.Income.ToAmountString(), m.Spending.ToAmountString(), m.Added.ToAmountString(), m.PaidOut.ToAmountString(), m.Fees.ToAmountString(),
        }));

    private async Task<IActionResult?> LoadAsync()
    {
        var finance = await SendAsync(new GetFinance(string.IsNullOrEmpty(Currency) ? null : Currency, LastMonths));
        if (!finance.Succeeded)
            return finance.Error.Members is null ? Refused(finance.Error, "") : ErrorPage(WalletErrors.NotFound);
        Finance = finance.Value;
        return null;
    }

    private ChartPoint[] Points(Func<FinanceMonth, Money> value) =>
        [.. Finance!.Months.Select(m => new ChartPoint(m.Month, Math.Max(0, value(m).Units), value(m).ToString()))];
}
