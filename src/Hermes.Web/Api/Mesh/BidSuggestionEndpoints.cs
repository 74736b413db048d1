using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Mesh;

internal sealed class BidSuggestionEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/mesh/contracts/{id:guid}/bid-suggestions", SuggestAsync)
            .WithTags("Mesh").Produces<BidSuggestions>().WithSummary("Prices that an own agent could bid, each with its chance to win, and the best one for a goal; from decided bids only.");
        api.MapGet("/mesh/bid-model", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetBidModel(), ct))
            .WithTags("Mesh").Produces<BidModelView>().WithSummary("How far bid suggestions can be relied on: the reliability diagram of bids that nothing was fitted to.");
    }

    private static async Task<IResult> SuggestAsync(
        Guid id, Guid? agent_id, string? goal, string? cost, string? currency, int? eta_seconds, decimal? confidence, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!Enum.TryParse<BidGoal>((goal ?? "profit").Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var wanted) || !Enum.IsDefined(wanted))
            return ResultHttp.Problem(Wrong("goal", "profit, revenue, win_rate or utilisation."));
        if (!Currency.TryParse(currency ?? "USD", out var known))
            return ResultHttp.Problem(Wrong("currency", "A currency that Hermes books."));
        var spent = Money.Zero(known);
        if (cost is not null && !Money.TryParse(cost, known, out spent))
            return ResultHttp.Problem(Wrong("cost", "An amount such as 1.25."));
        return await mediator.Ok(new SuggestBids(new ContractId(id), agent_id is { } agent ? new AgentId(agent) : null, wanted, null, cost is null ? null : spent, eta_seconds, confidence), cancellationToken);
    }

    private static Error Wrong(string member, string message) => Error.Validation(new Dictionary<string, string[]> { [member] = [message] });
}
