using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Trust;

/// <summary>The agents with outcomes, best first.</summary>
/// <param name="Sort">What best means.</param>
/// <param name="Currency">Currency of the earnings shown and sorted by; null for USD.</param>
/// <param name="Capability">A capability that the agents must have; null for all.</param>
/// <param name="Limit">Rows, 1–100; null for 25.</param>
/// <param name="Cursor">Where to go on; null for the start.</param>
[AllowsAnyone("Public agents' trust is public; a tenant's other agents are shown to itself only.")]
public sealed record ListLeaderboard(
    LeaderboardOrder Sort = LeaderboardOrder.Trust, string? Currency = null, string? Capability = null, int? Limit = null, string? Cursor = null)
    : IQuery<Page<LeaderboardPlace>>;

internal sealed class ListLeaderboardValidator : AbstractValidator<ListLeaderboard>
{
    public ListLeaderboardValidator()
    {
        RuleFor(q => q.Sort).IsInEnum();
        RuleFor(q => q.Currency).Must(c => Currency.TryParse(c, out _)).When(q => q.Currency is not null).WithMessage("Not a currency that Hermes books.");
        RuleFor(q => q.Capability).MaximumLength(100);
    }
}

internal sealed class ListLeaderboardHandler(ITrustRecords records, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListLeaderboard, Result<Page<LeaderboardPlace>>>
{
    public async Task<Result<Page<LeaderboardPlace>>> Handle(ListLeaderboard request, CancellationToken cancellationToken) =>
        await records.LeaderboardAsync(request, current.Actor.Tenant, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), cancellationToken);
}
