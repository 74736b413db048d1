using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>How far the model behind bid suggestions can be relied on.</summary>
[Requires(Permissions.AgentsRead)]
public sealed record GetBidModel : IQuery<BidModelView>;

/// <summary>The model behind bid suggestions.</summary>
/// <param name="FittedAt">When it was learnt; null for the prior that there is before any history.</param>
/// <param name="Bids">Decided bids that it was learnt from.</param>
/// <param name="IsPrior">True while there is too little history: it says what is sensible, not what was seen.</param>
/// <param name="CalibrationError">Mean distance of predicted and observed shares on bids that nothing was fitted to; null where there were none.</param>
/// <param name="Reliability">The reliability diagram of those bids.</param>
public sealed record BidModelView(DateTimeOffset? FittedAt, int Bids, bool IsPrior, double? CalibrationError, IReadOnlyList<ReliabilityBin> Reliability)
{
    internal static BidModelView Of(BidModel model, DateTimeOffset? fittedAt) => new(fittedAt, model.Bids, model.IsPrior, model.CalibrationError, model.Reliability);
}

internal sealed class GetBidModelHandler(IBidHistory history) : IRequestHandler<GetBidModel, Result<BidModelView>>
{
    public async Task<Result<BidModelView>> Handle(GetBidModel request, CancellationToken cancellationToken)
    {
        var (model, at) = await history.LatestAsync(cancellationToken);
        return BidModelView.Of(model, at);
    }
}
