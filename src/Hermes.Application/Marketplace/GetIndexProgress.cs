using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>How far the search index of the node that answers is, for operators.</summary>
[RequiresOperator]
public sealed record GetIndexProgress : IQuery<IndexProgress>;

internal sealed class GetIndexProgressHandler(IAgentFinder finder) : IRequestHandler<GetIndexProgress, Result<IndexProgress>>
{
    public Task<Result<IndexProgress>> Handle(GetIndexProgress request, CancellationToken cancellationToken) => Task.FromResult<Result<IndexProgress>>(finder.Progress);
}
