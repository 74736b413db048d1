using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>
/// Puts the contract that is first in line for its award off by a minute, after its award failed alone too: what can't be
/// awarded at the moment must not hold up what can.
/// </summary>
[RequiresSystem]
public sealed record PostponeAward : ICommand<PostponedAward>;

/// <summary>What was put off.</summary>
/// <param name="Contract">The contract; null when none was due any more.</param>
public sealed record PostponedAward(ContractId? Contract);

internal sealed class PostponeAwardHandler(IAwardBook book, TimeProvider clock) : IRequestHandler<PostponeAward, Result<PostponedAward>>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    public async Task<Result<PostponedAward>> Handle(PostponeAward request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return new PostponedAward(await book.PostponeFirstAsync(now, now + Pause, cancellationToken));
    }
}
