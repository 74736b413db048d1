using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Which rows of a contract each tenant sees through the least role, whatever the use cases ask for.</summary>
public sealed class MeshWallTests(MeshApp app) : IClassFixture<MeshApp>
{
    // Rows that poster, winner, loser and stranger see of one contract that was disputed and settled, and of one with milestones.
    private static readonly (string Table, int Poster, int Winner, int Loser, int Stranger)[] Seen =
    [
        ("contracts", 2, 2, 2, 0),
        ("bids", 4, 2, 2, 0),
        ("awards", 2, 2, 0, 0),
        ("award_outcomes", 2, 2, 2, 0),
        ("receipts", 2, 2, 2, 0),
        ("deliveries", 1, 1, 0, 0),
        ("settlements", 1, 1, 0, 0),
        ("disputes", 1, 1, 0, 0),
        ("dispute_evidence", 1, 1, 0, 0),
        ("evidence_files", 1, 1, 0, 0),
        ("milestones", 2, 2, 2, 0),
        ("milestone_deliveries", 1, 1, 0, 0),
        ("preferences", 1, 0, 0, 0),
    ];

    [Fact]
    public async Task Each_tenant_sees_its_rows_only_and_losers_nothing_that_names_the_winner()
    {
        var (poster, winner, loser) = (await app.PosterAsync(), await app.AgentAsync(), await app.AgentAsync());
        await SettledAsync(poster, winner, loser);
        await MilestonesAsync(poster, winner, loser);
        (await app.SendAsync(poster, new SetPreferences(new WeightsInput(40, 20, 20, 20)))).Error.ShouldBeNull();
        TenantId[] tenants = [poster.RequiredTenant, winner.RequiredTenant, loser.RequiredTenant, new(Guid.CreateVersion7())];

        foreach (var row in Seen)
        {
            var counts = new List<long>();
            foreach (var tenant in tenants)
                counts.Add(await app.SqlAsync<long>($"SET ROLE hermes_app; SET app.tenant = '{tenant}'; SELECT count(*) FROM mesh.{row.Table}"));
            counts.ShouldBe([row.Poster, row.Winner, row.Loser, row.Stranger], row.Table);
            (await app.SqlAsync<long>($"SET ROLE hermes_app; SELECT count(*) FROM mesh.{row.Table}")).ShouldBe(0, $"{row.Table} without a tenant");
            (await app.SqlAsync<long>($"SET ROLE hermes_engine; SELECT count(*) FROM mesh.{row.Table}")).ShouldBe(row.Poster, $"{row.Table} for the engine");
        }
    }

    [Fact]
    public async Task Every_table_of_the_mesh_is_in_the_table_or_the_engine_s_alone()
    {
        var readable = await app.SqlAsync<string>("""
            SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
            WHERE c.relnamespace = 'mesh'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege('hermes_app', c.oid, 'SELECT')
            """);
        readable!.Split(' ').ShouldBe(Seen.Select(s => s.Table), ignoreOrder: true);
    }

    [Fact]
    public async Task Nobody_writes_through_the_view_of_outcomes()
    {
        foreach (var role in new[] { "hermes_app", "hermes_engine" })
            (await app.SqlAsync<bool>($"SELECT has_table_privilege('{role}', 'mesh.award_outcomes', 'INSERT, UPDATE, DELETE, TRUNCATE')")).ShouldBeFalse(role);
    }

    private async Task SettledAsync(Actor poster, Actor winner, Actor loser)
    {
        var contract = await AwardedAsync(poster, winner, loser, MeshApp.Input());
        (await app.SendAsync(winner, new DeliverContract(contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new ValidateContract(contract, false, null, "It is empty."))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new GiveEvidence(contract, null, "a.txt", "words"u8.ToArray()))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Operator(), new ResolveDispute(contract, DisputeDecision.Refund, null, "It is."))).Error.ShouldBeNull();
    }

    private async Task MilestonesAsync(Actor poster, Actor winner, Actor loser)
    {
        var contract = await AwardedAsync(poster, winner, loser, MeshApp.Input() with
        {
            Milestones = [new MilestoneInput("Draft", null, Money.Usd(2), 60), new MilestoneInput("Final", null, Money.Usd(3))],
        });
        (await app.SendAsync(winner, new DeliverMilestone(contract, 1, JsonElement.Parse("{}")))).Error.ShouldBeNull();
    }

    private async Task<ContractId> AwardedAsync(Actor poster, Actor winner, Actor loser, ContractInput input)
    {
        var contract = await app.PostAsync(poster, input);
        await app.BidAsync(winner, contract, 3m);
        await app.BidAsync(loser, contract, 4m);
        await app.CloseAsync(contract);
        return contract;
    }
}
