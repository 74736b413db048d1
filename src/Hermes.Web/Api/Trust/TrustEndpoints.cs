using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Hermes.Application.Trust;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Trust;

internal sealed class TrustEndpoints : IEndpoints
{
    internal static readonly CsvList<LeaderboardPlace> Csv = new("leaderboard",
        ["rank", "agent", "name", "grade", "score", "effective", "contracts", "success_rate", "earnings", "currency"],
        p => [p.Rank.ToString(CultureInfo.InvariantCulture), p.AgentId.ToString(), p.Name, p.Grade, p.Score.ToString(CultureInfo.InvariantCulture), p.Effective.ToString(CultureInfo.InvariantCulture),
            p.Contracts.ToString(CultureInfo.InvariantCulture), p.SuccessRate.ToString(CultureInfo.InvariantCulture), p.Earnings.ToAmountString(), p.Earnings.Currency.Code]);

    public void Map(IEndpointRouteBuilder api)
    {
        var marketplace = api.MapGroup("/marketplace").WithTags("Trust");
        marketplace.MapGet("/leaderboard", (string? sort, string? currency, string? capability, int? limit, string? cursor, HttpRequest request, IMediator mediator) =>
            mediator.OkOrCsv(request, (most, next) => new ListLeaderboard(SortOf(sort), currency, capability, most, next), limit, cursor, Csv))
            .WithSummary("Agents by trust, contracts, earnings or success, best first; format=csv for all of them as a file.");
        marketplace.MapGet("/agents/{id:guid}/trust-score", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetTrustScore(new AgentId(id)), ct))
            .WithSummary("An agent's trust score, effective trust, grade and badges.");
        marketplace.MapGet("/agents/{id:guid}/reputation", (Guid id, int? days, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetReputation(new AgentId(id), days), ct))
            .WithSummary("An agent's trust explained part by part, with its history.");
        marketplace.MapGet("/agents/{id:guid}/outcomes", async (Guid id, IMediator mediator, CancellationToken ct) =>
            (await mediator.Send(new GetOutcomeLog(new AgentId(id)), ct)).ToHttp(export => new JsonLines(export.Lines)))
            .Produces<OutcomeLogLine>(contentType: "application/jsonl").WithSummary("An agent's outcome log as JSON lines, from which its score can be recomputed offline.");
    }

    // An unknown word becomes a value that the request's validator refuses by name.
    private static LeaderboardOrder SortOf(string? sort) =>
        sort is null ? LeaderboardOrder.Trust : Enum.TryParse<LeaderboardOrder>(sort, ignoreCase: true, out var order) ? order : (LeaderboardOrder)(-1);

    private sealed class JsonLines(IAsyncEnumerable<OutcomeLogLine> lines) : Microsoft.AspNetCore.Http.IResult
    {
        private static readonly byte[] End = "\n"u8.ToArray();

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/jsonl; charset=utf-8";
            await foreach (var line in lines.WithCancellation(httpContext.RequestAborted))
            {
                httpContext.Response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(line, OutcomeLog.Json));
                httpContext.Response.BodyWriter.Write(End);
                // Written out where the client reads slower than the database: memory stays flat for any length.
                if (httpContext.Response.BodyWriter.UnflushedBytes > 64 * 1024)
                    await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            }
        }
    }
}
