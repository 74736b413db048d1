using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Infrastructure.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Calls over the agents' sockets, from permission to payment.</summary>
public sealed class StartCallTests(CallsApp app) : IClassFixture<CallsApp>
{
    [Fact]
    public async Task A_call_is_answered_and_paid()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m);
        var started = await app.CallAsync(caller, agent.Id, "hi");
        started.Error.ShouldBeNull();
        var ended = await app.AnsweredAsync(caller, started.Value.Id);
        (ended.State, ended.Payment).ShouldBe((CallState.Completed, CallPayment.Settled));
        (await app.SendAsync(caller, new GetCall(ended.Id))).Value.Text.ShouldBe("echo: hi");
        (await app.BalanceAsync(caller.RequiredTenant, "available") + await app.BalanceAsync(caller.RequiredTenant, "promotional")).ShouldBe(98_000_000);
        (await app.BalanceAsync(agent.Agent.RequiredTenant, "earnings")).ShouldBe(1_700_000);
        (await app.HeldAsync(ended.Id)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{ended.Id}' AND success")).ShouldBe(1);
        var trace = await app.SendAsync(caller, new GetCallTrace(ended.Id));
        trace.Value.Steps.Select(s => s.Name).ShouldBe(["permission", "gate", "hold", "first_answer", "answer", "settle"], ignoreOrder: true);
        trace.Value.Steps.Select(s => s.Number).ShouldBe(Enumerable.Range(1, trace.Value.Steps.Count));
    }

    [Fact]
    public async Task What_a_node_says_of_a_call_that_another_one_has_claimed_is_refused()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: SocketAgent.SilentAsync);
        await using var backup = await app.ConnectAsync(2m);
        var call = (await app.CallAsync(caller, agent.Id, "hi", s => s with { BackupAgentId = backup.Id })).Value.Id;
        var (slow, quick) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        CallReport[] said = [new() { Handed = 1 }, new() { State = CallState.Failed }];
        await app.SqlAsync<object>($"UPDATE calls.calls SET carrier_id = '{quick}', carried_until = now() + interval '1 minute' WHERE id = '{call}'");

        (await app.SendAsync(Actors.System(), new ReportCall(call, null, said) { Carrier = slow })).Error.ShouldBe(CallErrors.CarriedElsewhere);
        (await app.SendAsync(Actors.System(), new FailOverCall(call, slow, "calls.agent_unreachable"))).Value.Passed.ShouldBeFalse();
        (await app.SqlAsync<string>($"SELECT state || handed_sequence FROM calls.calls WHERE id = '{call}' AND served_by = '{agent.Id}'")).ShouldBe("submitted0");

        (await app.SendAsync(Actors.System(), new ReportCall(call, null, said) { Carrier = quick })).Error.ShouldBeNull();
        (await app.AnsweredAsync(caller, call)).State.ShouldBe(CallState.Failed);
    }

    [Fact]
    public async Task A_free_call_moves_no_money()
    {
        var caller = await app.PosterAsync(0);
        await using var agent = await app.ConnectAsync(0m);
        var started = await app.CallAsync(caller, agent.Id);
        (await app.AnsweredAsync(caller, started.Value.Id)).Payment.ShouldBe(CallPayment.Free);
    }

    [Fact]
    public async Task A_wallet_that_does_not_cover_the_price_is_refused_and_nothing_is_held()
    {
        var caller = await app.PosterAsync(1m);
        await using var agent = await app.ConnectAsync(2m);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.InsufficientFunds);
        (await app.SqlAsync<long>($"SELECT count(*) FROM calls.calls WHERE tenant_id = '{caller.RequiredTenant}'")).ShouldBe(0);
    }

    [Fact]
    public async Task Concurrent_calls_spend_credits_and_money_to_the_last_cent()
    {
        const int Calls = 24;
        var caller = await app.PosterAsync(0);
        var tenant = caller.RequiredTenant;
        await using var agent = await app.ConnectAsync(1.5m, answer: SocketAgent.SilentAsync);
        // 36 in all: neither credits nor money are a multiple of the price.
        await app.FundAsync(tenant, 26_000_000);
        (await app.PostAsync(Books.Move(AccountRef.Promotions(Currency.Usd), AccountRef.Promotional(tenant, Currency.Usd), 10_000_000))).Error.ShouldBeNull();

        var all = await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(() => app.CallAsync(caller, agent.Id))));

        all.ShouldAllBe(c => c.Error == null);
        (await app.BalanceAsync(tenant, "available"), await app.BalanceAsync(tenant, "promotional")).ShouldBe((0, 0));
        (await app.SqlAsync<long>($"SELECT sum(promotional_micro_units)::bigint FROM calls.calls WHERE tenant_id = '{tenant}'")).ShouldBe(10_000_000);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.InsufficientFunds);
        // Given back at the same time, each to where it came from.
        (await Task.WhenAll(all.Select(c => Task.Run(() => app.SendAsync(caller, new CancelCall(c.Value.Id)))))).ShouldAllBe(c => c.Error == null);
        (await app.BalanceAsync(tenant, "available"), await app.BalanceAsync(tenant, "promotional")).ShouldBe((26_000_000, 10_000_000));
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_price_above_the_budget_is_refused()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m);
        (await app.CallAsync(caller, agent.Id, with: s => s with { MaxPrice = Money.Usd(1.99m) })).Error.ShouldBe(CallErrors.OverBudget);
    }

    [Fact]
    public async Task Without_the_permission_nothing_is_called()
    {
        await using var agent = await app.ConnectAsync(0m);
        (await app.CallAsync(Actors.Person(new TenantId(Guid.CreateVersion7()), Permissions.AgentsRead), agent.Id)).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task A_failure_gives_the_price_back_and_counts_against_the_agent()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: (a, f) => f.GetProperty("type").GetString() == "call.requested"
            ? a.SendAsync(new { type = "call.fail", call_id = SocketAgent.CallOf(f), message = "I am broken." }) : Task.CompletedTask);
        var started = await app.CallAsync(caller, agent.Id);
        var ended = await app.AnsweredAsync(caller, started.Value.Id);
        (ended.State, ended.Payment, ended.Error!.Code, ended.Error.Message).ShouldBe((CallState.Failed, CallPayment.Refunded, "calls.agent_failed", "I am broken."));
        (await app.BalanceAsync(caller.RequiredTenant, "available") + await app.BalanceAsync(caller.RequiredTenant, "promotional")).ShouldBe(100_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{ended.Id}' AND NOT success")).ShouldBe(1);
    }

    [Fact]
    public async Task A_call_is_over_at_its_deadline_whoever_forgot_it()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: SocketAgent.SilentAsync);
        var started = await app.CallAsync(caller, agent.Id, with: s => s with { TimeoutSeconds = 1 });
        (started.Value.Payment, started.Value.Price).ShouldBe((CallPayment.Held, Money.Usd(2m)));
        var ended = await app.AnsweredAsync(caller, started.Value.Id);
        (ended.State, ended.Payment, ended.Error!.Code).ShouldBe((CallState.Failed, CallPayment.Refunded, "calls.timeout"));
        (await app.SqlAsync<long>($"SELECT sum(e.amount)::bigint FROM ledger.entries e JOIN ledger.accounts a ON a.id = e.account_id WHERE a.kind = 'escrow' AND a.owner_id = '{started.Value.Id}' AND e.amount > 0")).ShouldBe(2_000_000);
        (await app.HeldAsync(started.Value.Id)).ShouldBe(0);
        await agent.WaitAsync("call.cancelled");
        // Too late: refused, and nothing is paid.
        await agent.SendAsync(new { type = "call.complete", call_id = started.Value.Id.Value, result = "late" });
        (await agent.WaitAsync("error")).GetProperty("data").GetProperty("code").GetString().ShouldBe("calls.ended");
        (await app.BalanceAsync(agent.Agent.RequiredTenant, "earnings")).ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 60, false)]
    [InlineData(1, 1, true)]
    public async Task A_callers_haste_costs_the_agent_nothing(int callers, int owners, bool counts)
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 10, owners, null)))).Error.ShouldBeNull();
        var started = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.CallAsync(caller, agent.Id, with: s => s with { TimeoutSeconds = callers })));
        foreach (var call in started)
            (await app.AnsweredAsync(caller, call.Value.Id)).Error!.Code.ShouldBe("calls.timeout");
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE agent_id = '{agent.Id}' AND NOT success")).ShouldBe(counts ? 5 : 0);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(counts ? CallErrors.CircuitOpen : null);
    }

    [Theory]
    [InlineData("input_required")]
    [InlineData("auth_required")]
    public async Task A_callers_silence_costs_the_agent_nothing_and_gives_the_price_back(string state)
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: (a, f) => f.GetProperty("type").GetString() == "call.requested"
            ? a.SendAsync(new { type = "call.status", call_id = SocketAgent.CallOf(f), state, message = "Well?" }) : Task.CompletedTask);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 10, 2, null)))).Error.ShouldBeNull();
        var started = await app.CallAsync(caller, agent.Id);
        var ended = await Eventually.ReadAsync(async () => (await app.SendAsync(caller, new GetCall(started.Value.Id))).Value.Call, c => c.IsEnded);
        (await app.SendAsync(caller, new WaitForCall(started.Value.Id, 0, TimeSpan.Zero))).Value.Events.Select(e => e.State).ShouldContain(state == "input_required" ? CallState.InputRequired : CallState.AuthRequired);
        (ended.State, ended.Payment, ended.Error!.Code).ShouldBe((CallState.Failed, CallPayment.Refunded, "calls.unanswered"));
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE agent_id = '{agent.Id}'")).ShouldBe(0);
        (await app.SqlAsync<int>($"SELECT failures FROM calls.gates WHERE agent_id = '{agent.Id}'")).ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_waits_for_a_place_like_a_new_call()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: (a, f) => f.GetProperty("type").GetString() == "call.requested" && SocketAgent.TextOf(f) == "ask"
            ? a.SendAsync(new { type = "call.status", call_id = SocketAgent.CallOf(f), state = "input_required" }) : Task.CompletedTask);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 1, 60, null)))).Error.ShouldBeNull();
        var asked = await app.CallAsync(caller, agent.Id, "ask");
        (await app.AnsweredAsync(caller, asked.Value.Id)).State.ShouldBe(CallState.InputRequired);
        var other = await app.CallAsync(caller, agent.Id, "work");
        (await app.SendAsync(caller, new SayToCall(asked.Value.Id, CallMessage.Text("this")))).Error.ShouldBe(CallErrors.AgentBusy);
        (await app.SendAsync(caller, new CancelCall(other.Value.Id))).Error.ShouldBeNull();
        (await app.SendAsync(caller, new SayToCall(asked.Value.Id, CallMessage.Text("this")))).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Cancelling_gives_back_once_however_often()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: SocketAgent.SilentAsync);
        var started = await app.CallAsync(caller, agent.Id);
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.SendAsync(caller, new CancelCall(started.Value.Id))));
        all.Count(r => r.Succeeded).ShouldBe(1);
        all.Where(r => !r.Succeeded).Select(r => r.Error).ShouldAllBe(e => e == CallErrors.Ended);
        (await app.BalanceAsync(caller.RequiredTenant, "available") + await app.BalanceAsync(caller.RequiredTenant, "promotional")).ShouldBe(100_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{started.Value.Id}'")).ShouldBe(0);
        (await agent.WaitAsync("call.cancelled")).GetProperty("data").GetProperty("call_id").GetGuid().ShouldBe(started.Value.Id.Value);
    }

    [Fact]
    public async Task Completing_and_cancelling_at_once_pays_or_refunds_never_both()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: SocketAgent.SilentAsync);
        for (var round = 0; round < 5; round++)
        {
            var started = await app.CallAsync(caller, agent.Id);
            await Task.WhenAll(
                app.SendAsync(caller, new CancelCall(started.Value.Id)),
                agent.SendAsync(new { type = "call.complete", call_id = started.Value.Id.Value, result = "x" }),
                agent.SendAsync(new { type = "call.complete", call_id = started.Value.Id.Value, result = "x" }));
            var ended = await app.AnsweredAsync(caller, started.Value.Id);
            ended.Payment.ShouldBe(ended.State == CallState.Completed ? CallPayment.Settled : CallPayment.Refunded);
            (await app.HeldAsync(started.Value.Id)).ShouldBe(0);
        }
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_agent_asks_and_the_caller_answers()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m, answer: (a, f) => f.GetProperty("type").GetString() switch
        {
            "call.requested" => a.SendAsync(new { type = "call.status", call_id = SocketAgent.CallOf(f), state = "input_required", message = "Which city?" }),
            "call.message" => a.SendAsync(new { type = "call.complete", call_id = SocketAgent.CallOf(f), result = "Sunny in " + SocketAgent.TextOf(f) }),
            _ => Task.CompletedTask,
        });
        var started = await app.CallAsync(caller, agent.Id, "weather");
        var asked = await app.AnsweredAsync(caller, started.Value.Id);
        (asked.State, asked.Payment).ShouldBe((CallState.InputRequired, CallPayment.Held));
        (await app.SendAsync(caller, new SayToCall(asked.Id, CallMessage.Text("Paris")))).Error.ShouldBeNull();
        (await app.AnsweredAsync(caller, asked.Id)).State.ShouldBe(CallState.Completed);
        var result = await app.SendAsync(caller, new GetCall(asked.Id));
        result.Value.Text.ShouldBe("Sunny in Paris");
        result.Value.Messages.Count.ShouldBe(3);
        (await app.SendAsync(caller, new SayToCall(asked.Id, CallMessage.Text("more")))).Error.ShouldBe(CallErrors.Ended);
    }

    [Fact]
    public async Task Events_come_in_order_and_chunks_are_put_together()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: async (a, f) =>
        {
            if (f.GetProperty("type").GetString() != "call.requested")
                return;
            var id = SocketAgent.CallOf(f);
            await a.SendAsync(new { type = "call.status", call_id = id, state = "working" });
            for (var i = 0; i < 20; i++)
                await a.SendAsync(new { type = "call.artifact", call_id = id, append = i > 0, last_chunk = i == 19, artifact = new { artifactId = "a", parts = new[] { new { text = $"{i}" } } } });
            await a.SendAsync(new { type = "call.complete", call_id = id });
        });
        var started = await app.CallAsync(caller, agent.Id);
        var seen = new List<CallEventView>();
        while (seen.Count == 0 || !CallTransitions.Final.Contains(seen[^1].State))
            seen.AddRange((await app.SendAsync(caller, new WaitForCall(started.Value.Id, seen.Count, TimeSpan.FromSeconds(5)))).Value.Events);
        seen.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, 23));
        (await app.SendAsync(caller, new GetCall(started.Value.Id))).Value.Text.ShouldBe(string.Join('\n', Enumerable.Range(0, 20)));
    }

    [Fact]
    public async Task Another_agent_can_not_answer_for_this_one()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        await using var other = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        var started = await app.CallAsync(caller, agent.Id);
        await other.SendAsync(new { type = "call.complete", call_id = started.Value.Id.Value, result = "mine" });
        (await other.WaitAsync("error")).GetProperty("data").GetProperty("code").GetString().ShouldBe("calls.not_found");
    }

    [Fact]
    public async Task Another_tenant_sees_nothing_of_a_call()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m);
        var started = await app.CallAsync(caller, agent.Id);
        await app.AnsweredAsync(caller, started.Value.Id);
        var stranger = await app.PosterAsync(0);
        (await app.SendAsync(stranger, new GetCall(started.Value.Id))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(stranger, new GetCallTrace(started.Value.Id))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(stranger, new WaitForCall(started.Value.Id, 0, TimeSpan.Zero))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(stranger, new CancelCall(started.Value.Id))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(stranger, new ListCalls())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(stranger, new GetConversation(started.Value.ConversationId))).Error!.Code.ShouldBe("calls.conversation_not_found");
        // The agent's owner sees it and can't go on with it.
        var owner = Actors.Person(agent.Agent.RequiredTenant);
        (await app.SendAsync(owner, new GetCall(started.Value.Id))).Value.Call.IsMine.ShouldBeFalse();
        (await app.SendAsync(owner, new CancelCall(started.Value.Id))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(owner, new ListCalls { Side = CallSide.Taken })).Value.Items.ShouldHaveSingleItem();
        (await app.SendAsync(caller, new ListConversations())).Value.Items.ShouldHaveSingleItem().Agents.ShouldHaveSingleItem();
        (await app.SendAsync(caller, new GetConversation(started.Value.ConversationId))).Value.Calls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_agent_that_is_not_there_is_told_before_anything_is_held_and_its_backup_takes_over()
    {
        var caller = await app.PosterAsync();
        var (away, _) = await app.KeyedAgentAsync(2m);
        (await app.CallAsync(caller, away.RequiredAgent)).Error.ShouldBe(CallErrors.AgentUnreachable);
        await using var backup = await app.ConnectAsync(1m);
        var started = await app.CallAsync(caller, away.RequiredAgent, with: s => s with { BackupAgentId = backup.Id });
        started.Error.ShouldBeNull();
        (started.Value.AgentId, started.Value.ServedBy, started.Value.Price).ShouldBe((away.RequiredAgent, backup.Id, Money.Usd(1m)));
        (await app.AnsweredAsync(caller, started.Value.Id)).State.ShouldBe(CallState.Completed);
        await using var dear = await app.ConnectAsync(3m);
        (await app.CallAsync(caller, away.RequiredAgent, with: s => s with { BackupAgentId = dear.Id })).Error.ShouldBe(CallErrors.AgentUnreachable);
    }

    [Fact]
    public async Task Bulkhead_and_hourly_limit_hold_for_concurrent_calls()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        var owner = Actors.Person(agent.Agent.RequiredTenant);
        (await app.SendAsync(owner, new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 3, 60, null)))).Error.ShouldBeNull();
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => app.CallAsync(caller, agent.Id)));
        all.Count(r => r.Succeeded).ShouldBe(3);
        all.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error == CallErrors.AgentBusy);
        (await app.SendAsync(owner, new SetCallPolicy(agent.Id, new CallPolicyView(false, [], 4, 10, 60, null)))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.RateLimited);
    }

    [Fact]
    public async Task Five_failures_open_the_circuit_and_a_success_closes_it()
    {
        var caller = await app.PosterAsync();
        var broken = true;
        await using var agent = await app.ConnectAsync(0m, answer: (a, f) => f.GetProperty("type").GetString() != "call.requested" ? Task.CompletedTask
            : a.SendAsync(new { type = broken ? "call.fail" : "call.complete", call_id = SocketAgent.CallOf(f) }));
        for (var i = 0; i < 5; i++)
            await app.AnsweredAsync(caller, (await app.CallAsync(caller, agent.Id)).Value.Id);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.CircuitOpen);
        await app.SqlAsync<object>($"UPDATE calls.gates SET retry_at = now() - interval '1 minute' WHERE agent_id = '{agent.Id}'");
        broken = false;
        // One may try; while it tries, others wait.
        var trial = await app.CallAsync(caller, agent.Id);
        trial.Error.ShouldBeNull();
        (await app.AnsweredAsync(caller, trial.Value.Id)).State.ShouldBe(CallState.Completed);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Failures_of_calls_that_ran_when_the_circuit_opened_keep_it_open_no_longer()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 20, 60, null)))).Error.ShouldBeNull();
        var running = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.CallAsync(caller, agent.Id)));
        foreach (var call in running)
            await FailAsync(call.Value.Id);
        (await TripsAsync()).ShouldBe(1);
        (await app.SqlAsync<bool>($"SELECT retry_at < now() + interval '11 seconds' FROM calls.gates WHERE agent_id = '{agent.Id}'")).ShouldBeTrue();
        await app.SqlAsync<object>($"UPDATE calls.gates SET retry_at = now() - interval '1 minute' WHERE agent_id = '{agent.Id}'");
        // The one that is let through fails: now it stays open for longer.
        var trial = await app.CallAsync(caller, agent.Id);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.CircuitOpen);
        await FailAsync(trial.Value.Id);
        (await TripsAsync()).ShouldBe(2);

        async Task FailAsync(CallId id)
        {
            await agent.SendAsync(new { type = "call.fail", call_id = id.Value });
            (await app.AnsweredAsync(caller, id)).State.ShouldBe(CallState.Failed);
        }

        Task<int> TripsAsync() => app.SqlAsync<int>($"SELECT trips FROM calls.gates WHERE agent_id = '{agent.Id}'");
    }

    [Fact]
    public async Task Bulkhead_and_circuit_are_the_same_on_two_nodes()
    {
        await using var second = app.NewNode();
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 5, 60, null)))).Error.ShouldBeNull();

        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => n % 2 == 0 ? app.CallAsync(caller, agent.Id) : ElsewhereAsync()));

        all.Count(r => r.Succeeded).ShouldBe(5);
        all.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error == CallErrors.AgentBusy);
        foreach (var call in all.Where(r => r.Succeeded))
        {
            await agent.SendAsync(new { type = "call.fail", call_id = call.Value.Id.Value });
            (await app.AnsweredAsync(caller, call.Value.Id)).State.ShouldBe(CallState.Failed);
        }
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.CircuitOpen);
        (await ElsewhereAsync()).Error.ShouldBe(CallErrors.CircuitOpen);

        async Task<Result<CallView>> ElsewhereAsync()
        {
            await using var scope = second.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ActorScope>().Become(caller);
            return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new StartCall(agent.Id, CallMessage.Text("hello")));
        }
    }

    [Fact]
    public async Task A_caller_on_another_node_than_the_agents_socket_is_served_in_order()
    {
        await using var second = app.NewNode();
        var (agent, key) = await app.KeyedAgentAsync(1m);
        await using var socket = await SocketAgent.ConnectAsync(app, agent, key, SocketAgent.EchoAsync, second.Server);
        var caller = await app.PosterAsync();
        var started = await app.CallAsync(caller, agent.RequiredAgent, "across");
        started.Error.ShouldBeNull();
        (await app.AnsweredAsync(caller, started.Value.Id)).State.ShouldBe(CallState.Completed);
        (await app.SendAsync(caller, new GetCall(started.Value.Id))).Value.Text.ShouldBe("echo: across");
    }

    [Fact]
    public async Task The_conformance_agent_is_there_only_where_it_is_switched_on()
    {
        var caller = await app.PosterAsync();
        (await app.CallAsync(caller, BuiltInAgents.Conformance)).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(caller, new FindCallableAgent(BuiltInAgents.Conformance))).Error.ShouldBe(CallErrors.AgentNotFound);
    }

    [Theory]
    [InlineData("{\"type\":\"call.fail\",\"call_id\":\"ID\",\"message\":\"a\\u0000b\"}")]
    [InlineData("{\"type\":\"call.fail\",\"call_id\":\"ID\",\"message\":\"\\ud800\"}")]
    [InlineData("{\"type\":\"\\ud800\"}")]
    public async Task Words_that_can_not_be_kept_leave_the_socket_hearing(string frame)
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        var started = (await app.CallAsync(caller, agent.Id)).Value.Id;
        await agent.SayAsync(frame.Replace("ID", started.ToString(), StringComparison.Ordinal));
        await agent.WaitAsync("error");
        await agent.SendAsync(new { type = "call.complete", call_id = started.Value, result = "whole" });
        (await app.AnsweredAsync(caller, started)).State.ShouldBe(CallState.Completed);
    }

    [Fact]
    public async Task A_message_that_is_none_is_refused()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m);
        foreach (var bad in new[] { "{}", "[]", "{\"parts\":[]}", "{\"parts\":[{}]}", "{\"parts\":[{\"text\":\"a\",\"url\":\"b\"}]}", "{\"parts\":[{\"text\":1}]}" })
            (await app.SendAsync(caller, new StartCall(agent.Id, JsonElement.Parse(bad)))).Error!.Members!.Keys.ShouldBe(["message"]);
    }
}
