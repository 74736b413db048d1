using System.Text.Json.Nodes;
using Hermes.Application.Agents;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Agents;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.A2A;

/// <summary>Prices by units that an endpoint reports in the protocol's metadata.</summary>
public sealed class UnitsTests(ListeningApp app) : IClassFixture<ListeningApp>
{
    private static readonly PriceTerms ByToken = Terms(2_000);

    private static PriceTerms Terms(long most) =>
        new(PriceKind.PerUnit, Money.Usd(0.10m), new UnitTerms("token", UnitCount.Reported, Money.Usd(1m), 1_000, 0, Math.Min(500, most), most));

    [Theory]
    [InlineData("task", "500", 600_000)]
    [InlineData("message", "500", 600_000)]
    [InlineData("status", "500", 600_000)]
    [InlineData("task", "1000000", 2_100_000)]
    [InlineData("task", "9223372036854775807", 2_100_000)]
    [InlineData("task", "-5", 100_000)]
    [InlineData("task", "0.5", 100_000)]
    [InlineData("task", "1e300", 100_000)]
    [InlineData("status", "\"500\"", 100_000)]
    [InlineData("message", "[500]", 100_000)]
    [InlineData("message", null, 100_000)]
    public async Task What_the_endpoint_reports_is_charged_up_to_the_cap_and_what_is_no_number_is_nothing(string place, string? units, long charged)
    {
        await using var peer = await StandInAgent.StartAsync();
        var told = Answer(peer, place, units);
        var (owner, agent) = await AgentAsync(peer.Url, ByToken);

        var ended = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent)).Value.Id);

        (ended.State, ended.Error, ended.Payment, ended.Price).ShouldBe((CallState.Completed, null, CallPayment.Settled, Money.Usd(2.10m)));
        ended.Charged!.Value.MicroUnits.ShouldBe(charged);
        told().ShouldBe(2_000);
        (await app.HeldAsync(ended.Id)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_callers_cap_is_told_and_kept()
    {
        await using var peer = await StandInAgent.StartAsync();
        var told = Answer(peer, "task", "2000");
        var (owner, agent) = await AgentAsync(peer.Url, ByToken);

        var ended = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent, with: s => s with { MaxUnits = 100 })).Value.Id);

        (ended.Price, ended.Charged).ShouldBe((Money.Usd(0.20m), Money.Usd(0.20m)));
        told().ShouldBe(100);
    }

    [Fact]
    public async Task A_backup_whose_own_cap_is_smaller_takes_over_within_it()
    {
        await using var peer = await StandInAgent.StartAsync();
        var told = Answer(peer, "task", "2000");
        var (owner, dead) = await AgentAsync("http://127.0.0.1:9/", ByToken);
        var (_, backup) = await AgentAsync(peer.Url, Terms(300), owner.RequiredTenant);

        var passed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, dead, with: s => s with { BackupAgentId = backup, MaxUnits = 1_000 })).Value.Id);

        (passed.State, passed.ServedBy, passed.Price, passed.Charged).ShouldBe((CallState.Completed, backup, Money.Usd(0.40m), Money.Usd(0.40m)));
        told().ShouldBe(300);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_backup_at_the_beginning_keeps_its_own_cap_too()
    {
        await using var peer = await StandInAgent.StartAsync();
        var told = Answer(peer, "task", "2000");
        var (away, _) = await app.KeyedAgentAsync(1m);
        var owner = Actors.Person(away.RequiredTenant);
        (await app.SendAsync(owner, new SetPrice(away.RequiredAgent, ByToken))).Error.ShouldBeNull();
        (await app.SendAsync(owner, new AddCredits(Money.Usd(50m)))).Error.ShouldBeNull();
        var (_, backup) = await AgentAsync(peer.Url, Terms(300), owner.RequiredTenant);

        var passed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, away.RequiredAgent, with: s => s with { BackupAgentId = backup, MaxUnits = 1_000 })).Value.Id);

        (passed.ServedBy, passed.Price, passed.Charged).ShouldBe((backup, Money.Usd(0.40m), Money.Usd(0.40m)));
        told().ShouldBe(300);
    }

    private async Task<(Actor Owner, AgentId Agent)> AgentAsync(string endpoint, PriceTerms terms, TenantId? tenant = null)
    {
        var (agent, _) = await app.KeyedAgentAsync(1m, tenant: tenant, endpoint: endpoint);
        var owner = Actors.Person(agent.RequiredTenant);
        (await app.SendAsync(owner, new SetPrice(agent.RequiredAgent, terms))).Error.ShouldBeNull();
        if (tenant is null)
            (await app.SendAsync(owner, new AddCredits(Money.Usd(50m)))).Error.ShouldBeNull();
        return (owner, agent.RequiredAgent);
    }

    /// <summary>The peer answers at once and reports; says which cap it was told last.</summary>
    private static Func<long?> Answer(StandInAgent peer, string place, string? units)
    {
        long? told = null;
        JsonObject? Metadata() => units is null ? null : new JsonObject { ["hermes/units"] = JsonNode.Parse(units) };
        peer.Card = card => card["capabilities"] = new JsonObject { ["streaming"] = place == "status" };
        peer.Break = async (context, method) =>
        {
            if (method is not ("SendMessage" or "SendStreamingMessage"))
                return false;
            var request = (JsonObject)context.Items["request"]!;
            told = (long?)request["params"]!["metadata"]?["hermes/max_units"];
            var id = request["id"];
            var task = StandInAgent.Task("t", "TASK_STATE_COMPLETED");
            task["metadata"] = Metadata();
            var message = new JsonObject { ["messageId"] = "m", ["role"] = "ROLE_AGENT", ["parts"] = new JsonArray(new JsonObject { ["text"] = "OK" }), ["metadata"] = Metadata() };
            if (place == "status")
            {
                await StandInAgent.EventAsync(context, id, new JsonObject { ["task"] = StandInAgent.Task("t", "TASK_STATE_WORKING") });
                await StandInAgent.EventAsync(context, id, new JsonObject
                {
                    ["statusUpdate"] = new JsonObject { ["taskId"] = "t", ["contextId"] = "c1", ["status"] = new JsonObject { ["state"] = "TASK_STATE_COMPLETED" }, ["metadata"] = Metadata() },
                });
            }
            else
                await StandInAgent.RpcAsync(context, place == "task" ? new JsonObject { ["task"] = task } : new JsonObject { ["message"] = message }, id);
            return true;
        };
        return () => told;
    }
}
