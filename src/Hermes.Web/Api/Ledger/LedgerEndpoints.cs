using System.Globalization;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Ledger;

internal sealed class LedgerEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var wallet = api.MapGroup("/wallet").WithTags("Ledger");
        wallet.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetWallet(), ct))
            .WithSummary("The organisation's balances in every currency.");
        wallet.MapGet("/balance", (string? currency, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetBalance(currency), ct))
            .WithSummary("The organisation's balance in one currency.");
        wallet.MapGet("/transactions", async (string? kind, string? currency, string? purpose, DateTimeOffset? from, DateTimeOffset? to,
                int? limit, string? cursor, string? format, IMediator mediator, CancellationToken ct) =>
            {
                var filter = new TransactionFilter(kind, currency, purpose, from, to);
                var first = await mediator.Send(new ListTransactions(filter, format == "csv" ? Paging.MaxLimit : limit, cursor), ct);
                return first.ToHttp(page => format == "csv"
                    ? new TransactionsCsv(page, next => mediator.Send(new ListTransactions(filter, Paging.MaxLimit, next), ct))
                    : Results.Json(page, HermesJson.Options));
            })
            .Produces<Page<Application.Ledger.Public.EntryView>>().WithSummary("The wallet's history with running balance, newest first; format=csv for all of it as a file.");

        wallet.MapGet("/statements", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListStatements(), ct))
            .WithSummary("The months that have a statement, latest first.");
        wallet.MapGet("/statements/{month}", async (string month, string? currency, string? format, IMediator mediator, CancellationToken ct) =>
            {
                var statement = await mediator.Send(new GetStatement(month, currency), ct);
                if (!statement.Succeeded || format != "csv")
                    return statement.ToHttp(view => Results.Json(view, HermesJson.Options));
                var filter = new TransactionFilter(null, statement.Value.Currency, null, statement.Value.From, statement.Value.To);
                var first = await mediator.Send(new ListTransactions(filter, Paging.MaxLimit), ct);
                return first.ToHttp(page => new TransactionsCsv(page, next => mediator.Send(new ListTransactions(filter, Paging.MaxLimit, next), ct)));
            })
            .Produces<StatementView>().WithSummary("A month's statement: opening and closing balances, sums by purpose; format=csv for its entries.");
        wallet.MapGet("/finance", (string? currency, int? months, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetFinance(currency, months ?? 12), ct))
            .WithSummary("Income, spending, held and payable, month by month.");
        wallet.MapGet("/promotions", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetPromotions(), ct))
            .WithSummary("Promotional credits: what is left of which grant, and what can be claimed.");
        wallet.MapPost("/promotions/claim", (ClaimBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new ClaimCredits(body.Kind), ct))
            .WithSummary("Claims sign-up or daily credits.");
        wallet.MapPost("/promotions/referral", (ReferralBody body, IMediator mediator, CancellationToken ct) => mediator.NoContent(new EnterReferral(body.Code ?? ""), ct))
            .WithSummary("Says which organisation brought this new one.");
        wallet.MapGet("/conversions", (int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListConversions(limit, cursor), ct))
            .WithSummary("Conversions with their rates, latest first.");
        wallet.MapPost("/conversions/quote", (ConvertBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new QuoteConversion(body.Amount, body.To ?? ""), ct))
            .WithSummary("What an amount buys of another currency now.");
        wallet.MapPost("/conversions", (ConvertBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new ConvertMoney(body.Amount, body.To ?? "", body.AtLeast) { Repeat = body.Repeat }, _ => "/api/v1/wallet/conversions", ct))
            .WithSummary("Changes available money into another currency at the stored rate.");
        var reconciliation = api.MapGroup("/admin/reconciliation").WithTags("Ledger");
        reconciliation.MapGet("", (Word<Hermes.Domain.Ledger.CaseState>? state, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListReconciliation(state?.Value, limit, cursor), ct))
            .WithSummary("Differences that the reconciliation found, and its last runs.");
        reconciliation.MapPost("/runs", (IMediator mediator, CancellationToken ct) => mediator.Ok(new Reconcile(), ct))
            .WithSummary("Reconciles now: entries and balances, escrows and claims, providers and ledger.");
        reconciliation.MapPost("/cases/{id:guid}", (Guid id, DecisionBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new DecideCase(new Hermes.Domain.Ledger.ReconciliationCaseId(id), body.State, body.Note ?? ""), ct))
            .WithSummary("Explains or closes a case.");
        var rates = api.MapGroup("/admin/exchange-rates").WithTags("Ledger");
        rates.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListExchangeRates(), ct)).WithSummary("Stored exchange rates, latest first.");
        rates.MapPost("", (RateBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new StoreExchangeRate(body.Base ?? "", body.Quote ?? "", body.Rate, body.AsOf, body.Source ?? ""), _ => "/api/v1/admin/exchange-rates", ct))
            .WithSummary("Stores a dated exchange rate.");

        var organisations = api.MapGroup("/orgs/{id:guid}/wallet").WithTags("Ledger").OfOwnOrganisation(WalletErrors.NotFound);
        organisations.MapGet("", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetWallet(), ct))
            .WithSummary("An organisation's balances.");
        organisations.MapPost("", (Guid id, CreditsBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new AddCredits(body.Amount), _ => $"/api/v1/orgs/{id}/wallet", ct))
            .WithSummary("Adds credits for development; off in Production.");

        var splits = api.MapGroup("/orgs/{id:guid}/split").WithTags("Ledger").OfOwnOrganisation(WalletErrors.NotFound);
        splits.MapGet("", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetSplit(), ct))
            .Produces<SplitView>().WithSummary("How what the organisation's agents are paid is split.");
        splits.MapPut("", (Guid id, SplitBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new SetOrganisationShare(body.OrganisationPercent), ct))
            .Produces<SplitView>().WithSummary("Sets the organisation's own share, 0 to 10 percent.");
        api.MapPut("/admin/tenants/{id:guid}/referrer", (Guid id, ReferrerBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new SetReferrer(new TenantId(id), body.TenantId?.ToString(), body.Percent), ct))
            .WithTags("Ledger").Produces<SplitView>().WithSummary("Operators: who brought an organisation here, and its share of 0 to 5 percent.");
    }

    /// <summary>Body of the split.</summary>
    /// <param name="OrganisationPercent">0–10.</param>
    internal sealed record SplitBody(decimal OrganisationPercent);

    /// <summary>Body of the referrer.</summary>
    /// <param name="TenantId">Who brought it here; left out to clear.</param>
    /// <param name="Percent">Above 0 to 5.</param>
    internal sealed record ReferrerBody(Guid? TenantId = null, decimal Percent = 0);

    /// <summary>Body of the credits post.</summary>
    /// <param name="Amount">How much.</param>
    internal sealed record CreditsBody(Money Amount);

    /// <summary>Body of a claim.</summary>
    /// <param name="Kind"><c>sign_up</c> or <c>daily</c>.</param>
    internal sealed record ClaimBody(Hermes.Domain.Ledger.CreditKind Kind);

    /// <summary>Body of a referral.</summary>
    /// <param name="Code">The other organisation's code.</param>
    internal sealed record ReferralBody(string? Code);

    /// <summary>Body of a conversion.</summary>
    /// <param name="Amount">What to sell.</param>
    /// <param name="To">The other currency's code.</param>
    /// <param name="AtLeast">The least to accept for it.</param>
    /// <param name="Repeat">True for an intended repeat of the very same conversion.</param>
    internal sealed record ConvertBody(Money Amount, string? To, Money? AtLeast = null, bool Repeat = false);

    /// <summary>Body of a decision.</summary>
    /// <param name="State"><c>explained</c>, <c>closed</c>, or <c>open</c> to take an explanation back.</param>
    /// <param name="Note">Why.</param>
    internal sealed record DecisionBody(Hermes.Domain.Ledger.CaseState State, string? Note = null);

    /// <summary>Body of a rate.</summary>
    /// <param name="Base">What is sold.</param>
    /// <param name="Quote">What is bought.</param>
    /// <param name="Rate">Units of the quote for one of the base.</param>
    /// <param name="AsOf">When it held.</param>
    /// <param name="Source">Who says so.</param>
    internal sealed record RateBody(string? Base, string? Quote, decimal Rate, DateTimeOffset? AsOf = null, string? Source = null);

    /// <summary>Written page by page, so that a long history needs little memory.</summary>
    private sealed class TransactionsCsv(Page<Application.Ledger.Public.EntryView> first, Func<string, Task<Result<Page<Application.Ledger.Public.EntryView>>>> next) : Microsoft.AspNetCore.Http.IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "text/csv; charset=utf-8";
            httpContext.Response.Headers.ContentDisposition = "attachment; filename=transactions.csv";
            await httpContext.Response.WriteAsync(string.Join(',', TransactionRows.Head) + "\r\n", httpContext.RequestAborted);
            for (var page = first; ;)
            {
                foreach (var entry in page.Items)
                    await httpContext.Response.WriteAsync(string.Join(',', TransactionRows.Of(entry).Select(Cell)) + "\r\n", httpContext.RequestAborted);
                if (page.NextCursor is null)
                    return;
                var result = await next(page.NextCursor);
                if (!result.Succeeded)
                {
                    // The header is out: a cut connection is the only honest way to say that the file is not whole.
                    httpContext.Abort();
                    return;
                }
                page = result.Value;
            }
        }

        // A leading = + - @ would run as a formula in a spreadsheet; numbers stay numbers.
        private static string Cell(string? value)
        {
            if (string.IsNullOrEmpty(value))
                return "";
            if (value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' && !decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out _))
                value = "'" + value;
            return value.AsSpan().IndexOfAny(",\"\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }
    }
}

/// <summary>Entries as rows of a file, the same from page and API.</summary>
internal static class TransactionRows
{
    public static readonly string[] Head = ["at", "account", "purpose", "subject_type", "subject_id", "amount", "balance_after", "currency", "note", "transfer_id"];

    public static string?[] Of(Application.Ledger.Public.EntryView entry) =>
    [
        entry.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), SnakeCase.Of(entry.Kind.ToString()), entry.Purpose, entry.SubjectType, entry.SubjectId.ToString(),
        entry.Amount.ToAmountString(), entry.BalanceAfter.ToAmountString(), entry.Amount.Currency.Code, entry.Note, entry.TransferId.ToString(),
    ];
}
