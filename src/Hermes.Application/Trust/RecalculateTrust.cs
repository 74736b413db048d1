using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Trust;

/// <summary>Recalculates every agent's score from its outcomes, as happens every night at 02:00 UTC. Answers with the number of scores that moved.</summary>
[RequiresSystem]
public sealed record RecalculateTrust : ICommand<long>;

internal sealed class RecalculateTrustHandler(ITrustRecords records, TimeProvider clock) : IRequestHandler<RecalculateTrust, Result<long>>
{
    public async Task<Result<long>> Handle(RecalculateTrust request, CancellationToken cancellationToken) =>
        await records.RecalculateAsync(clock.GetUtcNow(), cancellationToken);
}
