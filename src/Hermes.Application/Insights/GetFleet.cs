using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Insights;

/// <summary>How an organisation's agents do: what they finished, how well, and what they earned.</summary>
/// <param name="Days">How far back, in UTC days with today, 1–365.</param>
[Requires(Permissions.AnalyticsView)]
public sealed record GetFleet(int Days = 30) : IQuery<FleetView>;

/// <summary>The fleet over a time.</summary>
/// <param name="From">The first day counted.</param>
/// <param name="Active">Agents that take work, now.</param>
/// <param name="Paused">Agents that are paused, now.</param>
/// <param name="Connected">Agents with a socket that answers, now.</param>
/// <param name="Finished">Contracts and calls of others finished within the time, well or not.</param>
/// <param name="Succeeded">Those of them that succeeded.</param>
/// <param name="OnTime">Those of them that were done within the promised time.</param>
/// <param name="Stars">Mean of the ratings given within the time, 1–5; null without one.</param>
/// <param name="Earned">What the agents' share was, in each currency that occurs.</param>
/// <param name="ByDay">Every day of the time, oldest first.</param>
/// <param name="Best">At most ten agents that finished most within the time.</param>
public sealed record FleetView(
    DateOnly From, int Active, int Paused, int Connected, long Finished, long Succeeded, long OnTime, decimal? Stars,
    IReadOnlyList<Money> Earned, IReadOnlyList<FleetDay> ByDay, IReadOnlyList<FleetAgent> Best);

/// <summary>One UTC day.</summary>
/// <param name="On">The day.</param>
/// <param name="Finished">Contracts and calls finished.</param>
/// <param name="Succeeded">Those of them that succeeded.</param>
public sealed record FleetDay(DateOnly On, long Finished, long Succeeded);

/// <summary>One agent over the time.</summary>
/// <param name="Id">The agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="Finished">Contracts and calls finished.</param>
/// <param name="SuccessRate">Share that succeeded, 0–1, four decimals.</param>
/// <param name="OnTimeRate">Share that was on time, 0–1, four decimals.</param>
/// <param name="Trust">Effective trust now, 0–1.</param>
/// <param name="Earned">What it earned, in each currency that occurs.</param>
public sealed record FleetAgent(AgentId Id, string Name, long Finished, decimal SuccessRate, decimal OnTimeRate, decimal Trust, IReadOnlyList<Money> Earned);

/// <summary>Reads an organisation's figures, behind the tenant's walls.</summary>
public interface IFleetFigures
{
    /// <summary>The figures from a day on.</summary>
    Task<FleetView> ReadAsync(TenantId tenant, DateOnly from, DateOnly to, CancellationToken cancellationToken);
}

internal sealed class GetFleetHandler(IFleetFigures figures, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetFleet, Result<FleetView>>
{
    public async Task<Result<FleetView>> Handle(GetFleet request, CancellationToken cancellationToken)
    {
        if (request.Days is < 1 or > 365)
            return Error.Validation(new Dictionary<string, string[]> { ["days"] = ["Between 1 and 365."] });
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        return await figures.ReadAsync(current.Actor.RequiredTenant, today.AddDays(1 - request.Days), today, cancellationToken);
    }
}
