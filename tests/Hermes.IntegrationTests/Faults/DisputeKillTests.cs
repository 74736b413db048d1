using System.Text.Json;

namespace Hermes.IntegrationTests.Faults;

/// <summary>Nodes that die by kill −9 between every two steps of a milestone's payment, an acceptance, a release, a decision and an appeal.</summary>
public sealed class DisputeKillTests : IAsyncLifetime
{
    private readonly Installation _installation = new();

    public Task InitializeAsync() => _installation.InitializeAsync();

    public Task DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Milestones_are_paid_once_whichever_step_is_a_nodes_last()
    {
        var node = await _installation.StartAsync("milestone.delivered");
        var poster = await _installation.PosterAsync();
        var agent = await _installation.AgentAsync();
        var contract = await AwardedAsync(poster, agent, new[] { new { Title = "One", Percent = 40 }, new { Title = "Two", Percent = 60 } });

        var deliver = SayAsync(agent.Caller, $"/mesh/contracts/{contract}/milestones/1/deliver", new { Result = new { Answer = 42 } });
        await node.DiedAsync();
        node = await _installation.StartAsync("milestone.after_ledger");
        await deliver;
        var accept = SayAsync(poster.Caller, $"/mesh/contracts/{contract}/milestones/1/validate", new { Accept = true });
        await node.DiedAsync();
        await (await _installation.StartAsync("milestone.before_commit")).DiedAsync();
        await _installation.StartAsync();
        await accept;
        await HeldAsync(contract, 1_800_000);
        await SayAsync(agent.Caller, $"/mesh/contracts/{contract}/milestones/2/deliver", new { Result = new { Answer = 42 } });
        await SayAsync(poster.Caller, $"/mesh/contracts/{contract}/milestones/2/validate", new { Accept = true });

        await HeldAsync(contract, 0);
        await BooksAsync();
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'milestone:%'")).ShouldBe(2);
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{contract}'")).ShouldBe(1);
        (await _installation.SqlAsync<string>($"SELECT state FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe("settled");
        (await _installation.SqlAsync<long>($"SELECT agent_micro_units + platform_micro_units FROM mesh.settlements WHERE contract_id = '{contract}'")).ShouldBe(3_000_000);
    }

    [Fact]
    public async Task Decision_appeal_and_final_decision_happen_once()
    {
        var node = await _installation.StartAsync("dispute.decided");
        var poster = await _installation.PosterAsync();
        var agent = await _installation.AgentAsync();
        var desk = _installation.Caller(Node.OperatorToken);
        var contract = await AwardedAsync(poster, agent, null);
        await SayAsync(agent.Caller, $"/mesh/contracts/{contract}/deliver", new { Result = new { Answer = 42 } });
        await SayAsync(poster.Caller, $"/mesh/contracts/{contract}/validate", new { Accept = false, Reason = "Empty" });
        await SayAsync(agent.Caller, $"/mesh/contracts/{contract}/dispute/response", new { Text = "It is not." });

        var decide = SayAsync(desk, $"/admin/contracts/{contract}/resolve", new { Decision = "refund", Note = "Empty it is." });
        await node.DiedAsync();
        node = await _installation.StartAsync("dispute.appealed");
        await decide;
        var appeal = SayAsync(agent.Caller, $"/mesh/contracts/{contract}/dispute/appeal", new { Reason = "No." });
        await node.DiedAsync();
        node = await _installation.StartAsync("resolve.after_ledger");
        await appeal;
        // There is one operator in this installation: the first decision becomes another's.
        await _installation.SqlAsync<int>($"UPDATE mesh.disputes SET decided_by = '{Guid.CreateVersion7()}' WHERE contract_id = '{contract}'");
        var final = SayAsync(desk, $"/admin/contracts/{contract}/resolve", new { Decision = "split", Percent = 50, Note = "Half of it." });
        await node.DiedAsync();
        await _installation.StartAsync();
        await final;

        await HeldAsync(contract, 0);
        await BooksAsync();
        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<string>($"SELECT state FROM mesh.disputes WHERE contract_id = '{contract}'")).ShouldBe("closed");
        (await _installation.SqlAsync<long>($"SELECT refunded_micro_units FROM mesh.settlements WHERE contract_id = '{contract}'")).ShouldBe(1_500_000);
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{contract}'")).ShouldBe(1);
    }

    [Fact]
    public async Task The_end_of_an_appeals_window_moves_the_money_whichever_of_two_nodes_dies()
    {
        var node = await _installation.StartAsync();
        var poster = await _installation.PosterAsync();
        var agent = await _installation.AgentAsync();
        var desk = _installation.Caller(Node.OperatorToken);
        var contract = await AwardedAsync(poster, agent, null);
        await SayAsync(agent.Caller, $"/mesh/contracts/{contract}/dispute", new { Reason = "The input is missing." });
        await SayAsync(poster.Caller, $"/mesh/contracts/{contract}/dispute/response", new { Text = "It is there." });
        await SayAsync(desk, $"/admin/contracts/{contract}/resolve", new { Decision = "release", Note = "It is missing." });
        node.Kill();
        var dying = await _installation.StartAsync("resolve.after_ledger");
        await _installation.SqlAsync<int>($"UPDATE mesh.disputes SET appeal_by = now() - interval '1 minute' WHERE contract_id = '{contract}'");
        await dying.DiedAsync();

        using var left = await _installation.BesideAsync();
        _installation.Node = await _installation.StartAsync();
        await HeldAsync(contract, 0);

        await BooksAsync();
        await _installation.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_acceptance_that_its_node_did_not_live_to_answer_is_settled_once()
    {
        var node = await _installation.StartAsync("validate.after_commit");
        var poster = await _installation.PosterAsync();
        var agent = await _installation.AgentAsync();
        var contract = await AwardedAsync(poster, agent, null);
        await SayAsync(agent.Caller, $"/mesh/contracts/{contract}/deliver", new { Result = new { Answer = 42 } });

        var accept = SayAsync(poster.Caller, $"/mesh/contracts/{contract}/validate", new { Accept = true });
        await node.DiedAsync();
        (await _installation.SqlAsync<string>($"SELECT state FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe("validated");
        await _installation.StartAsync();
        await accept;

        await _installation.EventuallyAsync($"SELECT state FROM mesh.contracts WHERE id = '{contract}'", "settled");
        await BooksAsync();
        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE subject_id = '{contract}' AND action = 'contract.validate'")).ShouldBe(1);
    }

    [Fact]
    public async Task Parts_are_released_once_whichever_step_is_a_nodes_last()
    {
        var node = await _installation.StartAsync("release.after_ledger");
        var poster = await _installation.PosterAsync();
        var agent = await _installation.AgentAsync();
        var contract = await AwardedAsync(poster, agent, null);

        var half = SayAsync(poster.Caller, $"/escrow/{contract}/release", new { Percent = 50 });
        await node.DiedAsync();
        await (await _installation.StartAsync("release.before_commit")).DiedAsync();
        node = await _installation.StartAsync();
        await half;
        await HeldAsync(contract, 1_500_000);
        node.Kill();
        node = await _installation.StartAsync("release.before_commit");
        var rest = SayAsync(poster.Caller, $"/escrow/{contract}/release", new { });
        await node.DiedAsync();
        await HeldAsync(contract, 1_500_000);
        await _installation.StartAsync();
        await rest;

        await HeldAsync(contract, 0);
        await BooksAsync();
        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'release:{contract}:%'")).ShouldBe(1);
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{contract}'")).ShouldBe(1);
    }

    [Fact]
    public async Task What_a_second_operator_confirms_happens_once()
    {
        var node = await _installation.StartAsync("proposal.before_commit");
        var poster = await _installation.PosterAsync("9000.00");
        var agent = await _installation.AgentAsync();
        var desk = _installation.Caller(Node.OperatorToken);
        var contract = await AwardedAsync(poster, agent, null, "4000.00");
        await SayAsync(desk, $"/admin/escrow/{contract}/release", new { Reason = "Agreed by mail." });
        var proposal = await _installation.SqlAsync<Guid>($"SELECT id FROM ledger.proposals WHERE subject_id = '{contract}'");
        // There is one operator in this installation: the proposal becomes another's.
        await _installation.SqlAsync<int>($"UPDATE ledger.proposals SET proposed_by = '{Guid.CreateVersion7()}' WHERE id = '{proposal}'");

        var confirm = SayAsync(desk, $"/admin/proposals/{proposal}/confirm", new { });
        await node.DiedAsync();
        await HeldAsync(contract, 4_000_000_000);
        (await _installation.SqlAsync<string>($"SELECT state FROM ledger.proposals WHERE id = '{proposal}'")).ShouldBe("open");
        await _installation.StartAsync();
        await confirm;

        await HeldAsync(contract, 0);
        await BooksAsync();
        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<string>($"SELECT state FROM ledger.proposals WHERE id = '{proposal}'")).ShouldBe("confirmed");
        (await _installation.SqlAsync<string>($"SELECT state FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe("settled");
    }

    private async Task<Guid> AwardedAsync(Installation.Poster poster, Installation.Agent agent, object? milestones, string price = "3.00")
    {
        var posted = await poster.Caller.SendAsync(HttpMethod.Post, "/mesh/contracts", new
        {
            Title = "Faults",
            Intent = "Survive.",
            Reward = new { Amount = price == "3.00" ? "5.00" : price, Currency = "USD" },
            RequiredCapabilities = new[] { "faults" },
            BiddingWindowSeconds = 3600,
            DeliveryWindowSeconds = 3600,
            Milestones = milestones,
        });
        var id = posted.GetProperty("id").GetGuid();
        await agent.Caller.SendAsync(HttpMethod.Post, $"/mesh/contracts/{id}/bid", new { Price = new { Amount = price, Currency = "USD" }, EtaSeconds = 10, Confidence = 0.9m });
        await _installation.CloseAsync();
        await _installation.EventuallyAsync($"SELECT state FROM mesh.contracts WHERE id = '{id}'", "awarded");
        return id;
    }

    private static Task<JsonElement> SayAsync(Caller caller, string path, object body) => caller.SendAsync(HttpMethod.Post, path, body);

    private Task HeldAsync(Guid contract, long expected) =>
        _installation.EventuallyAsync($"SELECT coalesce(sum(balance), 0)::bigint FROM ledger.accounts WHERE kind = 'escrow' AND owner_id = '{contract}'", expected);

    private async Task BooksAsync()
    {
        (await _installation.SqlAsync<long>("SELECT coalesce(sum(violations), 0)::bigint FROM ledger.check()")).ShouldBe(0);
        (await _installation.SqlAsync<decimal>("SELECT coalesce(sum(amount), 0)::numeric FROM ledger.entries")).ShouldBe(0m);
    }
}
