using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.A2A;

/// <summary>Calls of agents with an endpoint: the protocol's own JavaScript SDK answers.</summary>
public sealed class EndpointTests(ListeningApp app, JavaScriptPeer peer) : IClassFixture<ListeningApp>, IClassFixture<JavaScriptPeer>
{
    [Fact]
    public async Task An_endpoint_answers_asks_fails_and_is_called_off()
    {
        var (agent, _) = await app.KeyedAgentAsync(2m, endpoint: peer.Url.ToString());
        var owner = Actors.Person(agent.RequiredTenant);
        (await app.SendAsync(owner, new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)))).Error.ShouldBeNull();

        var said = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "say hello")).Value.Id);
        (said.State, said.Payment, said.Error).ShouldBe((CallState.Completed, CallPayment.Settled, null));
        (await app.SendAsync(owner, new GetCall(said.Id))).Value.Text.ShouldContain("hello");
        (await app.SendAsync(owner, new GetCallTrace(said.Id))).Value.Steps.Select(s => s.Name).ShouldContain("send");

        var answered = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "answer this")).Value.Id);
        (answered.State, (await app.SendAsync(owner, new GetCall(answered.Id))).Value.Text).ShouldBe((CallState.Completed, "answer this"));

        var asked = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "ask me")).Value.Id);
        asked.State.ShouldBe(CallState.InputRequired);
        (await app.SendAsync(owner, new CancelCall(asked.Id))).Value.Payment.ShouldBe(CallPayment.Refunded);

        var failed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "fail now")).Value.Id);
        (failed.State, failed.Payment).ShouldBe((CallState.Failed, CallPayment.Refunded));

        var slow = (await app.CallAsync(owner, agent.RequiredAgent, "slow")).Value;
        await Eventually.HoldsAsync(async () => (await app.SendAsync(owner, new GetCall(slow.Id))).Value.Call.State != CallState.Submitted);
        (await app.SendAsync(owner, new CancelCall(slow.Id))).Value.Payment.ShouldBe(CallPayment.Refunded);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_endpoint_asks_and_goes_on_with_the_answer()
    {
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: peer.Url.ToString());
        await AskAndAnswerAsync(app, agent);
    }

    /// <summary>The agent asks, the caller answers, and the same task is completed.</summary>
    internal static async Task AskAndAnswerAsync(ListeningApp app, Actor agent)
    {
        var owner = Actors.Person(agent.RequiredTenant);
        var asked = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "ask me")).Value.Id);
        asked.State.ShouldBe(CallState.InputRequired);
        var task = await app.SqlAsync<string>($"SELECT remote_task_id FROM calls.calls WHERE id = '{asked.Id}'");

        (await app.SendAsync(owner, new SayToCall(asked.Id, CallMessage.Text("say Paris")))).Error.ShouldBeNull();

        var ended = await app.AnsweredAsync(owner, asked.Id);
        (ended.State, ended.Error).ShouldBe((CallState.Completed, null));
        var result = (await app.SendAsync(owner, new GetCall(asked.Id))).Value;
        result.Text.ShouldBe("say Paris");
        result.Messages.Select(m => m.GetProperty("role").GetString()).ShouldBe(["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]);
        (await app.SqlAsync<string>($"SELECT remote_task_id FROM calls.calls WHERE id = '{asked.Id}'")).ShouldBe(task);
    }

    [Fact]
    public async Task A_dead_endpoint_gives_the_call_to_the_backup_and_strangers_are_kept_from_it()
    {
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: "http://127.0.0.1:9/");
        var owner = Actors.Person(agent.RequiredTenant);
        var alone = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent)).Value.Id);
        (alone.State, alone.Error!.Code).ShouldBe((CallState.Failed, "calls.agent_unreachable"));
        await using var backup = await app.ConnectAsync(0m);
        var passed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "x", s => s with { BackupAgentId = backup.Id })).Value.Id);
        (passed.State, passed.ServedBy).ShouldBe((CallState.Completed, backup.Id));
        (await app.SendAsync(owner, new GetCallTrace(passed.Id))).Value.Steps.Select(s => s.Name).ShouldContain("failover");
        (await app.CallAsync(await app.PosterAsync(0), agent.RequiredAgent)).Error.ShouldBe(CallErrors.AgentNotListed);
    }

    [Fact]
    public async Task A_cheaper_backup_costs_its_own_price_and_its_owner_sees_the_request()
    {
        var (agent, _) = await app.KeyedAgentAsync(2m, endpoint: "http://127.0.0.1:9/");
        var owner = Actors.Person(agent.RequiredTenant);
        (await app.SendAsync(owner, new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)))).Error.ShouldBeNull();
        await using var backup = await app.ConnectAsync(0.5m);

        var passed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "to whom?", s => s with { BackupAgentId = backup.Id })).Value.Id);

        (passed.State, passed.Price, passed.Payment).ShouldBe((CallState.Completed, Domain.Shared.Money.Usd(0.5m), CallPayment.Settled));
        (await app.BalanceAsync(owner.RequiredTenant, "available") + await app.BalanceAsync(owner.RequiredTenant, "promotional")).ShouldBe(49_500_000);
        (await app.HeldAsync(passed.Id)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
        var seen = await app.SendAsync(Actors.Person(backup.Agent.RequiredTenant), new GetCall(passed.Id));
        seen.Value.Messages[0].GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("to whom?");
    }

    [Fact]
    public async Task A_backup_of_a_suspended_organisation_takes_nothing_over()
    {
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: "http://127.0.0.1:9/");
        var owner = Actors.Person(agent.RequiredTenant);
        await using var backup = await app.ConnectAsync(0m);
        await app.SuspendAsync(backup.Agent.RequiredTenant);
        var failed = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "x", s => s with { BackupAgentId = backup.Id })).Value.Id);
        (failed.State, failed.ServedBy, failed.Error!.Code).ShouldBe((CallState.Failed, agent.RequiredAgent, "calls.agent_unreachable"));
    }
}
