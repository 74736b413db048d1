using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Insights;

/// <summary>How the whole installation stands, for its operators.</summary>
[RequiresOperator]
public sealed record GetInstallation : IQuery<InstallationView>;

/// <summary>The installation as of one instant.</summary>
/// <param name="ActiveTenants">Customers that may work.</param>
/// <param name="SuspendedTenants">Customers that may not.</param>
/// <param name="People">Accounts of people.</param>
/// <param name="ActiveAgents">Agents that take work.</param>
/// <param name="ConnectedAgents">Agents with a socket that answers.</param>
/// <param name="OpenDisputes">Disputes that wait for a decision.</param>
/// <param name="Contracts">How many contracts are in which state, in snake_case; states without any are left out.</param>
/// <param name="Days">The last thirty UTC days, oldest first, today included.</param>
/// <param name="Outbox">Events on their way.</param>
/// <param name="Nodes">Running processes, latest started first.</param>
/// <param name="Jobs">The scheduler's groups by name.</param>
public sealed record InstallationView(
    int ActiveTenants, int SuspendedTenants, int People, int ActiveAgents, int ConnectedAgents, int OpenDisputes,
    IReadOnlyList<StateCount> Contracts, IReadOnlyList<InstallationDay> Days, OutboxFigures Outbox, IReadOnlyList<NodeView> Nodes, IReadOnlyList<JobGroupView> Jobs);

/// <summary>How many are in a state.</summary>
/// <param name="State">snake_case.</param>
/// <param name="Count">Above zero.</param>
public sealed record StateCount(string State, long Count);

/// <summary>One UTC day.</summary>
/// <param name="On">The day.</param>
/// <param name="Posted">Contracts written.</param>
/// <param name="Settled">Contracts settled.</param>
public sealed record InstallationDay(DateOnly On, long Posted, long Settled);

/// <summary>The outbox.</summary>
/// <param name="Waiting">Events that are written and not yet given out.</param>
/// <param name="OldestWaiting">When the oldest of them was written; null for none.</param>
/// <param name="LastPosition">The position given out last.</param>
/// <param name="LastHour">Events written within the last hour.</param>
public sealed record OutboxFigures(long Waiting, DateTimeOffset? OldestWaiting, long LastPosition, long LastHour);

/// <summary>A running process of Hermes.</summary>
/// <param name="Name">Machine and process.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="SeenAt">When it last said that it lives.</param>
/// <param name="Alive">False when it was silent for 20 seconds.</param>
public sealed record NodeView(string Name, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool Alive);

/// <summary>Triggers of one group of jobs.</summary>
/// <param name="Name">The group.</param>
/// <param name="Waiting">Triggers that wait for their time.</param>
/// <param name="Late">Those that should have fired more than ten seconds ago.</param>
/// <param name="InError">Those that the scheduler gave up on.</param>
/// <param name="NextAt">When the next one fires; null for none.</param>
public sealed record JobGroupView(string Name, long Waiting, long Late, long InError, DateTimeOffset? NextAt);

/// <summary>Reads figures across all tenants in one round trip.</summary>
public interface IInstallationFigures
{
    /// <summary>The figures.</summary>
    Task<InstallationView> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

internal sealed class GetInstallationHandler(IInstallationFigures figures, TimeProvider clock) : IRequestHandler<GetInstallation, Result<InstallationView>>
{
    public async Task<Result<InstallationView>> Handle(GetInstallation request, CancellationToken cancellationToken) =>
        await figures.ReadAsync(clock.GetUtcNow(), cancellationToken);
}
