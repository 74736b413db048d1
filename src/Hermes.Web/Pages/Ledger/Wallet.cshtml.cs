using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.Web.Api.Ledger;
using Hermes.Web.Shared;
using Hermes.Web.Shell;
using Hermes.Web.TagHelpers;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Hermes.Web.Pages.Ledger;

/// <summary>The organisation's wallet: balances, what is held, the history, credits for development.</summary>
public sealed class WalletModel(ICurrentActor current, CreditPolicy policy, ExchangeSettings exchange) : HermesPage
{
    /// <summary>Days that the chart shows.</summary>
    public const int ChartDays = 30;

    /// <summary>One of the wallet's accounts; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "kind")]
    public string? Kind { get; set; }

    /// <summary>A purpose or its beginning.</summary>
    [BindProperty(SupportsGet = true, Name = "purpose")]
    public string? Purpose { get; set; }

    /// <summary>A currency's code; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "currency")]
    public string? Currency { get; set; }

    /// <summary>First day (UTC).</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public DateOnly? From { get; set; }

    /// <summary>Last day (UTC).</summary>
    [BindProperty(SupportsGet = true, Name = "to")]
    public DateOnly? To { get; set; }

    /// <summary>The form that adds credits.</summary>
    [BindProperty]
    public CreditsForm Input { get; set; } = new();

    /// <summary>Choices of a currency.</summary>
    public static readonly IReadOnlyList<SelectListItem> Currencies = [.. new[] { "USD", "EUR", "GBP", "CHF" }.Select(code => new SelectListItem(code, code))];

    /// <summary>The form that converts.</summary>
    [BindProperty]
    public ConvertForm Change { get; set; } = new();

    /// <summary>What the amount in the form buys; null before it is asked for.</summary>
    public ConversionQuote? Quote { get; private set; }

    /// <summary>Promotional credits; null where they can't be shown.</summary>
    public PromotionsView? Promotions { get; private set; }

    /// <summary>Whether the actor may move the wallet's money.</summary>
    public bool MayManage => current.Actor.Has(Permissions.BillingManage);

    /// <summary>Whether the form that converts is there.</summary>
    public bool MayConvert => MayManage && exchange.Enabled;

    /// <summary>Balances per currency.</summary>
    public IReadOnlyList<BalanceView> Balances { get; private set; } = [];

    /// <summary>What is held, the latest few contracts.</summary>
    public Page<OpenEscrow> Escrows { get; private set; } = new([], null);

    /// <summary>The history's page.</summary>
    public Page<EntryView> Entries { get; private set; } = new([], null);

    /// <summary>What is wrong with the history's filter; null for nothing.</summary>
    public string? FilterProblem { get; private set; }

    /// <summary>The available balance by day.</summary>
    public IReadOnlyList<ChartPoint> Points { get; private set; } = [];

    /// <summary>What may be spent, for the top bar of any page.</summary>
    public async Task<IActionResult> OnGetBalanceAsync()
    {
        var balance = await SendAsync(new GetBalance());
        return balance.Succeeded ? Partial("Components/WalletBalance/Default", balance.Value) : Refused(balance.Error, "");
    }

    /// <summary>Whether the form that adds credits is there.</summary>
    public bool MayAddCredits => policy.DevelopmentCredits && current.Actor.Has(Permissions.BillingManage);

    private TransactionFilter Filter => new(None(Kind), None(Currency), None(Purpose), Start(From), Start(To is { } to && to < DateOnly.MaxValue ? to.AddDays(1) : null));

    /// <summary>The page, or its history for htmx.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var entries = await SendAsync(new ListTransactions(Filter, null, cursor));
        if (!entries.Succeeded && entries.Error.Members is null)
            return Refused(entries.Error, "");
        if (entries.Succeeded)
            Entries = entries.Value;
        else
            FilterProblem = string.Join(' ', entries.Error.Members!.Values.SelectMany(messages => messages));
        if (IsHtmx)
        {
            await LookUpTitlesAsync(Contracts);
            return Partial("_Transactions", this);
        }
        return await LoadAsync() is { } error ? Refused(error, "") : Page();
    }

    /// <summary>Balances, chart and escrows, when something moved.</summary>
    public async Task<IActionResult> OnGetBalancesAsync() =>
        await LoadAsync() is { } error ? Refused(error, "") : Partial("_Balances", this);

    /// <summary>The history with its filters as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListTransactions(Filter, Paging.MaxLimit, cursor));
        return rows.Succeeded ? Csv("wallet", TransactionRows.Head, rows.Value.Select(TransactionRows.Of)) : Refused(rows.Error, "");
    }

    /// <summary>Adds credits, once per form however often it is sent.</summary>
    public async Task<IActionResult> OnPostCreditsAsync()
    {
        var amount = Domain.Shared.Currency.TryParse(Input.Currency, out var currency) && Money.TryParse(Input.Amount, currency, out var money) ? money : default;
        if (amount == default)
            ModelState.AddModelError("Input.Amount", "An amount such as 100 or 12.50, in a currency that Hermes books.");
        else
        {
            HttpContext.RequestServices.GetRequiredService<RequestIdempotencyKey>()
                .Set($"page:{Input.Once:N}", SHA256.HashData(Encoding.UTF8.GetBytes(amount.ToString())));
            var added = await SendAsync(new AddCredits(amount));
            if (added.Succeeded)
            {
                Say($"{amount} added.");
                return Go("/wallet");
            }
            if (added.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden)
                return Refused(added.Error);
            Explain(added.Error);
        }
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await LoadAsync() is { } error ? Refused(error, "") : Page();
    }

    /// <summary>Claims credits.</summary>
    public async Task<IActionResult> OnPostClaimAsync(CreditKind credits)
    {
        var given = await SendAsync(new ClaimCredits(credits));
        if (given.Succeeded)
            Say($"{given.Value.Amount} of credits are yours.");
        else if (given.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden)
            return Refused(given.Error, "");
        else
            Say(given.Error.Message, bad: true);
        return Go("/wallet");
    }

    /// <summary>Says who brought the organisation.</summary>
    public async Task<IActionResult> OnPostReferralAsync(string? code)
    {
        var entered = await SendAsync(new EnterReferral(code ?? ""));
        if (entered.Succeeded)
            Say("Thank you: both of you get credits when you have spent some of your own money.");
        else if (entered.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden)
            return Refused(entered.Error, "");
        else
            Say(entered.Error.Members?.Values.First()[0] ?? entered.Error.Message, bad: true);
        return Go("/wallet");
    }

    /// <summary>Shows what an amount buys, or converts it.</summary>
    public async Task<IActionResult> OnPostConvertAsync(bool quote)
    {
        ModelState.Clear();
        if (!Domain.Shared.Currency.TryParse(Change.From, out var from) || !Money.TryParse(Change.Amount, from, out var sold))
        {
            ModelState.AddModelError("Change.Amount", "An amount such as 100 or 12.50.");
        }
        else if (quote)
        {
            var offer = await SendAsync(new QuoteConversion(sold, Change.To));
            if (offer.Succeeded)
                Quote = offer.Value;
            else
                ModelState.AddModelError("Change.Amount", offer.Error.Members?.Values.First()[0] ?? offer.Error.Message);
        }
        else
        {
            Money? least = Domain.Shared.Currency.TryParse(Change.To, out var to) && Money.TryParse(Change.AtLeast, to, out var accepted) ? accepted : null;
            var converted = await SendAsync(new ConvertMoney(sold, Change.To, least));
            if (converted.Succeeded)
            {
                Say($"{converted.Value.Sold} became {converted.Value.Bought}.");
                return Go("/wallet");
            }
            if (converted.Error.Kind is ErrorKind.Unauthenticated or ErrorKind.Forbidden)
                return Refused(converted.Error, "");
            ModelState.AddModelError("Change.Amount", converted.Error.Members?.Values.First()[0] ?? converted.Error.Message);
        }
        if (!ModelState.IsValid)
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await LoadAsync() is { } error ? Refused(error, "") : Page();
    }

    private async Task<Error?> LoadAsync()
    {
        var wallet = await SendAsync(new GetWallet());
        if (!wallet.Succeeded)
            return wallet.Error;
        Balances = wallet.Value.Balances;
        var history = await SendAsync(new GetBalanceHistory(ChartDays, Balances.Any(b => b.Available.Currency.Code == Currency) ? Currency : null));
        if (history.Succeeded)
            Points = [.. history.Value.Select(p => new ChartPoint(p.On.ToString("d MMM", System.Globalization.CultureInfo.InvariantCulture), p.Available.Units, p.Available.ToString()))];
        if (await SendAsync(new ListEscrows(5)) is { Succeeded: true } escrows)
            Escrows = escrows.Value;
        if (await SendAsync(new GetPromotions()) is { Succeeded: true } promotions)
            Promotions = promotions.Value;
        await LookUpTitlesAsync(Contracts);
        return null;
    }

    private IEnumerable<Guid> Contracts => Entries.Items.Where(e => e.SubjectType == "contract").Select(e => e.SubjectId).Concat(Escrows.Items.Select(e => e.ContractId.Value));

    private static string? None(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static DateTimeOffset? Start(DateOnly? day) => day is { } d ? new DateTimeOffset(d.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}

/// <summary>The form that converts.</summary>
public sealed class ConvertForm
{
    /// <summary>In units.</summary>
    public string? Amount { get; set; }

    /// <summary>A code.</summary>
    public string From { get; set; } = "USD";

    /// <summary>A code.</summary>
    public string To { get; set; } = "EUR";

    /// <summary>The least to accept, in units; blank for whatever the rate gives.</summary>
    public string? AtLeast { get; set; }
}

/// <summary>The form that adds credits.</summary>
public sealed class CreditsForm
{
    /// <summary>In units.</summary>
    public string? Amount { get; set; } = "100.00";

    /// <summary>A code.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>Made with the form: the same form sent twice adds once.</summary>
    public Guid Once { get; set; } = Guid.CreateVersion7();
}
