using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared.Settings;

/// <summary>What holds for all plans.</summary>
[Settings("Hermes:Plans")]
public sealed class PlansSettings
{
    /// <summary>Whether seats, agents, requests and calls beyond a plan are refused.</summary>
    public bool Enforce { get; set; } = true;

    /// <summary>The plan of a tenant that subscribed to none.</summary>
    public TenantPlan Default { get; set; } = TenantPlan.Free;

    /// <summary>Days after a failed payment in which everything still works.</summary>
    [Range(0, 90)]
    public int GraceDays { get; set; } = 7;

    /// <summary>Days after a failed payment until the tenant may only read and pay; between grace and then it has what the free plan allows.</summary>
    [Range(1, 180)]
    public int SuspendAfterDays { get; set; } = 21;
}

/// <summary>A plan's price, share, numbers and features.</summary>
public abstract class PlanSettings
{
    /// <summary>US dollars a month; null: by agreement, never bought in the pages.</summary>
    [Range(0, 1_000_000)]
    public decimal? MonthlyPrice { get; set; }

    /// <summary>The platform's share of what the tenant's agents earn, in percent.</summary>
    [Range(10.0, 20.0)]
    public decimal PlatformPercent { get; set; }

    /// <summary>People; null: unlimited.</summary>
    [Range(1, 1_000_000)]
    public int? Seats { get; set; }

    /// <summary>Agents that are not retired; null: unlimited.</summary>
    [Range(0, 1_000_000)]
    public int? Agents { get; set; }

    /// <summary>Requests to the API in a UTC day; null: unlimited.</summary>
    [Range(1, 2_000_000_000)]
    public int? RequestsPerDay { get; set; }

    /// <summary>Calls of agents in a UTC hour; null: unlimited.</summary>
    [Range(1, 2_000_000_000)]
    public int? CallsPerHour { get; set; }

    /// <summary>US dollars for a thousand requests beyond the day's; null: requests beyond are refused.</summary>
    [Range(0, 1_000)]
    public decimal? OveragePrice { get; set; }

    /// <summary>Names of what is included, separated by commas.</summary>
    public string Features { get; set; } = "";

    /// <summary>Which plan.</summary>
    public abstract TenantPlan Plan { get; }

    /// <summary>As terms of a tenant in good standing.</summary>
    public PlanTerms Terms => new(Plan, (int)(PlatformPercent * 100), Seats, Agents, RequestsPerDay, CallsPerHour,
        Features.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal));
}

/// <summary>The plan that costs nothing.</summary>
[Settings("Hermes:Plans:Free")]
public sealed class FreePlanSettings : PlanSettings
{
    /// <summary>With its defaults.</summary>
    public FreePlanSettings() => (MonthlyPrice, PlatformPercent, Seats, Agents, RequestsPerDay, CallsPerHour) = (0, 20, 3, 5, 1_000, 200);

    /// <inheritdoc />
    public override TenantPlan Plan => TenantPlan.Free;
}

/// <summary>The plan for one team.</summary>
[Settings("Hermes:Plans:Pro")]
public sealed class ProPlanSettings : PlanSettings
{
    /// <summary>With its defaults.</summary>
    public ProPlanSettings() =>
        (MonthlyPrice, PlatformPercent, Seats, Agents, RequestsPerDay, CallsPerHour, OveragePrice, Features) = (49, 15, 10, 25, 20_000, 2_000, 0.50m, "overage");

    /// <inheritdoc />
    public override TenantPlan Plan => TenantPlan.Pro;
}

/// <summary>The plan for a company.</summary>
[Settings("Hermes:Plans:Business")]
public sealed class BusinessPlanSettings : PlanSettings
{
    /// <summary>With its defaults.</summary>
    public BusinessPlanSettings() =>
        (MonthlyPrice, PlatformPercent, Seats, Agents, RequestsPerDay, CallsPerHour, OveragePrice, Features) = (199, 12, 50, 100, 200_000, 20_000, 0.30m, "overage,sso,custom_domain");

    /// <inheritdoc />
    public override TenantPlan Plan => TenantPlan.Business;
}

/// <summary>The plan by agreement.</summary>
[Settings("Hermes:Plans:Enterprise")]
public sealed class EnterprisePlanSettings : PlanSettings
{
    /// <summary>With its defaults.</summary>
    public EnterprisePlanSettings() => (PlatformPercent, Features) = (10, "sso,custom_domain,dedicated_database");

    /// <inheritdoc />
    public override TenantPlan Plan => TenantPlan.Enterprise;
}

/// <summary>All plans by their configuration.</summary>
public sealed class PlanBook(FreePlanSettings free, ProPlanSettings pro, BusinessPlanSettings business, EnterprisePlanSettings enterprise)
{
    /// <summary>From the least to the most.</summary>
    public IReadOnlyList<PlanSettings> All { get; } = [free, pro, business, enterprise];

    /// <summary>One of them.</summary>
    public PlanSettings this[TenantPlan plan] => All[(int)plan];
}
