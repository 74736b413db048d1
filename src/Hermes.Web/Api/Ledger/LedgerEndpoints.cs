using System.Globalization;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;

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
                mediator.Ok(new SetReferrer(new TenantId(id), body.TenantId is { } referrer ? new TenantId(referrer) : null, body.Percent), ct))
            .WithTags("Ledger").Produces<SplitView>().WithSummary("Operators: who brought an organisation here, and its share of 0 to 5 percent.");

        api.MapGet("/escrow/{contract_id:guid}", ([FromRoute(Name = "contract_id")] Guid contractId, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetEscrow(new ContractId(contractId)), ct))
            .WithTags("Ledger").WithSummary("What is and was held for a contract.");
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
