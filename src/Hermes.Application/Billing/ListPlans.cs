using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>The plans, from the least to the most.</summary>
[RequiresSignIn]
public sealed record ListPlans : IQuery<IReadOnlyList<PlanView>>;

/// <summary>A plan. A null number is unlimited.</summary>
/// <param name="Plan">Which.</param>
/// <param name="MonthlyPrice">A month; null: by agreement.</param>
/// <param name="PlatformPercent">The platform's share of what the organisation's agents earn.</param>
/// <param name="Seats">People.</param>
/// <param name="Agents">Agents.</param>
/// <param name="RequestsPerDay">Requests to the API in a UTC day.</param>
/// <param name="CallsPerHour">Calls of agents in a UTC hour.</param>
/// <param name="OveragePrice">For a thousand requests beyond the day's; null: they are refused.</param>
/// <param name="Features">What is included besides.</param>
/// <param name="IsPresent">True for the caller's own.</param>
public sealed record PlanView(
    TenantPlan Plan, Money? MonthlyPrice, decimal PlatformPercent, int? Seats, int? Agents, int? RequestsPerDay, int? CallsPerHour, Money? OveragePrice,
    IReadOnlyList<string> Features, bool IsPresent)
{
    /// <summary>Of the configuration.</summary>
    public static PlanView Of(PlanSettings plan, bool isPresent) => new(
        plan.Plan, plan.MonthlyPrice is { } price ? Money.Of(price, Currency.Usd) : null, plan.PlatformPercent, plan.Seats, plan.Agents, plan.RequestsPerDay, plan.CallsPerHour,
        plan.OveragePrice is { } over ? Money.Of(over, Currency.Usd) : null, [.. plan.Terms.Features.Order(StringComparer.Ordinal)], isPresent);
}

internal sealed class ListPlansHandler(PlanBook book, IPlans plans, ICurrentActor current) : IRequestHandler<ListPlans, Result<IReadOnlyList<PlanView>>>
{
    public async Task<Result<IReadOnlyList<PlanView>>> Handle(ListPlans request, CancellationToken cancellationToken)
    {
        TenantPlan? present = current.Actor.Tenant is { } tenant ? (await plans.OfAsync(tenant, cancellationToken)).Plan : null;
        return book.All.Select(plan => PlanView.Of(plan, plan.Plan == present)).ToList();
    }
}
