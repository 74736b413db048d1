using System.Text;
using Hermes.Application.A2A.Public;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Tasks are read with few of their calls' events, and are the same as with all of them.</summary>
public sealed class TaskReadingTests(CallsApp app) : IClassFixture<CallsApp>
{
    private static readonly int?[] Lengths = [0, 1, 2, 3, 50, int.MaxValue, null];

    [Fact]
    public async Task A_task_is_what_all_events_say_as_of_each_of_them_and_with_each_length_of_history()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: TalkAsync);
        var call = await TalkedAsync(agent, caller);
        var all = (await app.SendAsync(caller, new WaitForCall(call, 0, TimeSpan.Zero))).Value;
        all.Events.Count.ShouldBeGreaterThan(20);

        foreach (var length in Lengths)
        {
            Json((await app.SendAsync(caller, new GetTask(call) { HistoryLength = length })).Value, length, true).ShouldBe(Json(all, length, true));
            for (var upTo = 1; upTo <= all.Events.Count; upTo++)
                Json((await app.SendAsync(caller, new GetTask(call) { HistoryLength = length, UpTo = upTo })).Value, length, true)
                    .ShouldBe(Json(all with { Events = [.. all.Events.Take(upTo)] }, length, true), $"history {length}, up to {upTo}");
        }
    }

    [Fact]
    public async Task A_list_of_tasks_is_what_all_events_say_and_reads_two_of_each_call_where_nothing_more_is_asked_for()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: TalkAsync);
        var asked = (await app.CallAsync(caller, agent.Id)).Value.Id;
        (await app.AnsweredAsync(caller, asked)).State.ShouldBe(CallState.InputRequired);
        var calls = new[] { asked, await TalkedAsync(agent, caller) };

        foreach (var length in Lengths.OfType<int>())
        {
            foreach (var artifacts in new[] { false, true })
            {
                var list = (await app.SendAsync(caller, new ListTasks(agent.Id) { HistoryLength = length, WithArtifacts = artifacts })).Value.Items;
                list.Select(t => t.Call.Id).ShouldBe(calls, ignoreOrder: true);
                foreach (var task in list)
                    Json(task, length, artifacts).ShouldBe(Json((await app.SendAsync(caller, new WaitForCall(task.Call.Id, 0, TimeSpan.Zero))).Value, length, artifacts), $"history {length}, artifacts {artifacts}");
            }
        }
        (await app.SendAsync(caller, new ListTasks(agent.Id))).Value.Items.ShouldAllBe(t => t.Events.Count <= 2);
    }

    [Fact]
    public async Task Events_are_waited_for_page_by_page()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        var call = (await app.CallAsync(caller, agent.Id)).Value.Id;
        await app.SqlAsync<int>($"""
            INSERT INTO calls.events (call_id, sequence, tenant_id, agent_tenant_id, kind, state, body, bytes, append, last_chunk, at)
            SELECT call_id, n, tenant_id, agent_tenant_id, 'status', 'working', NULL, 0, false, false, at FROM calls.events, generate_series(2, 450) n WHERE call_id = '{call}' AND sequence = 1;
            UPDATE calls.calls SET last_sequence = 450 WHERE id = '{call}'
            """);

        var pages = new List<IReadOnlyList<CallEventView>>();
        while (pages.Sum(p => p.Count) < 450)
            pages.Add((await app.SendAsync(caller, new WaitForCall(call, pages.Sum(p => p.Count), TimeSpan.Zero))).Value.Events);

        pages.Select(p => p.Count).ShouldBe([WaitForCall.MaxEvents, WaitForCall.MaxEvents, 50]);
        pages.SelectMany(p => p).Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, 450));
    }

    [Fact]
    public async Task Others_and_those_without_permission_get_no_task()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m);
        var call = (await app.CallAsync(caller, agent.Id)).Value.Id;
        await app.AnsweredAsync(caller, call);

        (await app.SendAsync(await app.PosterAsync(0), new GetTask(call))).Error.ShouldBe(CallErrors.NotFound);
        (await app.SendAsync(Actors.Person(caller.RequiredTenant, Permissions.AgentsRead), new GetTask(call))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        (await app.SendAsync(await app.PosterAsync(0), new ListTasks(agent.Id))).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(caller.RequiredTenant, Permissions.AgentsRead), new ListTasks(agent.Id))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
    }

    /// <summary>Works in pieces and asks; told more, it works without a word, makes something else and is done.</summary>
    private static async Task TalkAsync(SocketAgent agent, System.Text.Json.JsonElement frame)
    {
        var type = frame.GetProperty("type").GetString();
        if (type is not ("call.requested" or "call.message"))
            return;
        var id = SocketAgent.CallOf(frame);
        var first = type == "call.requested";
        await agent.SendAsync(first ? new { type = "call.status", call_id = id, state = "working", message = "On it." } : (object)new { type = "call.status", call_id = id, state = "working" });
        for (var i = 0; i < 10; i++)
            await agent.SendAsync(new { type = "call.artifact", call_id = id, append = i > 0, last_chunk = i == 9, artifact = new { artifactId = first ? "a" : "b", parts = new[] { new { text = $"{i}" } } } });
        await agent.SendAsync(first ? new { type = "call.status", call_id = id, state = "input_required", message = "Which?" } : (object)new { type = "call.complete", call_id = id, message = "Done." });
    }

    private async Task<CallId> TalkedAsync(SocketAgent agent, Application.Shared.Actor caller)
    {
        var call = (await app.CallAsync(caller, agent.Id)).Value.Id;
        (await app.AnsweredAsync(caller, call)).State.ShouldBe(CallState.InputRequired);
        (await app.SendAsync(caller, new SayToCall(call, CallMessage.Text("That one")))).Error.ShouldBeNull();
        (await app.AnsweredAsync(caller, call)).State.ShouldBe(CallState.Completed);
        return call;
    }

    private static string Json(CallProgress progress, int? length, bool artifacts) => Encoding.UTF8.GetString(A2AJson.Write(TaskMapping.TaskOf(progress, length, artifacts)));
}
