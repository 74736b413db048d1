using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Payouts that the provider did not take at the first attempt and that wait for another one, the most refused first.</summary>
[RequiresOperator]
public sealed record ListLatePayouts : IQuery<IReadOnlyList<LatePayout>>, IAcrossTenants;

/// <summary>A payout that does not leave.</summary>
/// <param name="Payout">The payout; its failure says why.</param>
/// <param name="TenantId">Whose.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="Refusals">Those of them that were refused; given up at 8.</param>
public sealed record LatePayout(PayoutView Payout, TenantId TenantId, int Attempts, int Refusals);

internal sealed class ListLatePayoutsHandler(IBillingDb db) : IRequestHandler<ListLatePayouts, Result<IReadOnlyList<LatePayout>>>
{
    private const int Most = 100;

    public async Task<Result<IReadOnlyList<LatePayout>>> Handle(ListLatePayouts request, CancellationToken cancellationToken)
    {
        var late = await db.Payouts.AsNoTracking().Where(p => p.State == PayoutState.Pending && p.Attempts > 0)
            .OrderByDescending(p => p.Refusals).ThenBy(p => p.RequestedAt).Take(Most).ToListAsync(cancellationToken);
        return late.ConvertAll(p => new LatePayout(PayoutView.Of(p), p.TenantId, p.Attempts, p.Refusals));
    }
}
