using Hermes.Domain.Identity;

namespace Hermes.ArchitectureTests;

/// <summary>
/// A capability uses its own name, <c>Shared</c>, and what others lay out in <c>Public/</c>, along the edges of one table
/// that has no cycle.
/// </summary>
public sealed class CapabilityTests
{
    /// <summary>Who may use whose public part. A new edge is a decision: it belongs into this table by hand.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Tenancy"] = [],
        ["Identity"] = ["Tenancy", "Agents", "Notifications"],
        ["Ledger"] = ["Tenancy"],
        ["Compliance"] = [],
        ["Insights"] = [],
        ["Trust"] = [],
        ["Notifications"] = [],
        ["A2A"] = [],
        ["Agents"] = ["A2A", "Tenancy", "Trust", "Notifications", "Ledger"],
        ["Calls"] = ["A2A", "Agents", "Mesh", "Trust", "Ledger", "Tenancy", "Notifications"],
        ["Billing"] = ["Ledger", "Agents", "Tenancy", "Notifications"],
        ["Marketplace"] = ["Agents", "Calls", "Notifications", "Tenancy"],
        ["Mesh"] = ["Agents", "Trust", "Ledger", "Identity", "Tenancy"],
    };

    /// <summary>The roots that put the house together, and everybody's ground.</summary>
    private static readonly string[] Ground = ["Shared", "Persistence"];

    private static readonly Type[] Types = [.. House.TypesOf(House.Domain, House.Application, House.Infrastructure)];

    [Fact]
    public void Capabilities_use_each_other_along_the_table_and_through_Public_only() => Wrong(Types).ShouldBeEmpty();

    [Fact]
    public void The_table_has_no_cycle()
    {
        var done = new HashSet<string>();
        var left = Allowed.Keys.ToHashSet();
        while (left.FirstOrDefault(c => Allowed[c].All(done.Contains)) is { } next)
        {
            left.Remove(next);
            done.Add(next);
        }

        left.ShouldBeEmpty();
    }

    [Fact]
    public void The_table_names_what_there_is_and_nothing_else()
    {
        var there = Types.Select(House.CapabilityOf).OfType<string>().Where(c => !Ground.Contains(c)).ToHashSet();
        there.Count.ShouldBeGreaterThan(5);
        Allowed.Keys.ShouldBe(there, ignoreOrder: true);
    }

    [Fact]
    public void Enough_is_looked_at() => Types.Length.ShouldBeGreaterThan(200);

    [Fact]
    public void The_rule_finds_what_is_wrong()
    {
        Wrong([typeof(Domain.Fixture.UsesAnotherCapabilitysEntity)]).ShouldHaveSingleItem();
        Wrong([typeof(Domain.Fixture.HidesTheUseInAnAsyncMethod)]).ShouldHaveSingleItem();
    }

    private static List<string> Wrong(IEnumerable<Type> types) =>
    [
        .. from type in types
           where type.DeclaringType is null
           let own = House.CapabilityOf(type)
           where own is not null && !Ground.Contains(own)
           from used in Uses.TypesOf(type)
           let other = House.CapabilityOf(used)
           where other is not null && other != own && !Ground.Contains(other) && used.Assembly.GetName().Name!.StartsWith("Hermes.", StringComparison.Ordinal)
           where used != typeof(Permissions) // the words that every capability declares its access with
           where !House.IsPublicPart(used) || !Allowed.GetValueOrDefault(own, []).Contains(other)
           orderby type.FullName
           select $"{type.FullName} uses {used.FullName}",
    ];
}
