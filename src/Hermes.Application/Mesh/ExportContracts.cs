using System.Globalization;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The same list as <see cref="ListContracts"/> as CSV (RFC 4180), at most 10,000 rows.</summary>
[Requires(Permissions.ContractsRead)]
public sealed record ExportContracts : ContractFilter, IQuery<string>
{
    /// <summary>Most rows of an export.</summary>
    public const int MostRows = 10_000;
}

internal sealed class ExportContractsHandler(IMeshDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<ExportContracts, Result<string>>
{
    public async Task<Result<string>> Handle(ExportContracts request, CancellationToken cancellationToken)
    {
        var contracts = ContractListing.After(ContractListing.Of(db, request, current.Actor, clock.GetUtcNow()), request.Sort, null);
        var csv = new StringBuilder("id,title,state,reward,price,currency,required_capabilities,created_at,bidding_closes_at,deliver_by\r\n");
        await foreach (var contract in contracts.Take(ExportContracts.MostRows).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var row = ContractRow.Of(contract, current.Actor.Tenant);
            csv.Append(string.Join(',', row.Id.ToString(), Text(row.Title), SnakeCase.Of(row.State.ToString()), row.Reward.ToAmountString(), row.Price?.ToAmountString(),
                row.Reward.Currency.Code, Text(string.Join(' ', row.RequiredCapabilities)), Instant(row.CreatedAt), Instant(row.BiddingClosesAt), Instant(row.DeliverBy)))
               .Append("\r\n");
        }
        return csv.ToString();
    }

    // A leading =, +, - or @ would be run as a formula by spreadsheets.
    private static string Text(string text) =>
        $"\"{(text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal) ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) ?? "";
}
