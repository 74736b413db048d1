using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>Learns anew, from decided bids only, how likely bids win; as happens every night. Earlier models are kept.</summary>
[RequiresSystem]
public sealed record FitBidModel : ICommand<BidModelView>;

/// <summary>The history of bids, across organisations, and what was learnt from it.</summary>
public interface IBidHistory
{
    /// <summary>Bids of the latest 20,000 awarded contracts with the scores of the award; nothing of contracts that still take bids.</summary>
    Task<IReadOnlyList<DecidedBid>> DecidedAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a model.</summary>
    Task StoreAsync(BidModel model, DateTimeOffset fittedAt, CancellationToken cancellationToken);

    /// <summary>The latest model; the unfitted one, with no instant, before the first.</summary>
    Task<(BidModel Model, DateTimeOffset? FittedAt)> LatestAsync(CancellationToken cancellationToken);
}

internal sealed class FitBidModelHandler(IBidHistory history, TimeProvider clock) : IRequestHandler<FitBidModel, Result<BidModelView>>
{
    public async Task<Result<BidModelView>> Handle(FitBidModel request, CancellationToken cancellationToken)
    {
        var (model, now) = (BidModel.Fit(await history.DecidedAsync(cancellationToken)), clock.GetUtcNow());
        await history.StoreAsync(model, now, cancellationToken);
        return BidModelView.Of(model, now);
    }
}
