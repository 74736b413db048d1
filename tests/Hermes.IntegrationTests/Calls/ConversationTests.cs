using Hermes.Application.Calls;
using Hermes.Domain.Calls;

namespace Hermes.IntegrationTests.Calls;

/// <summary>A conversation page by page, however long it is and however much was said in it.</summary>
public sealed class ConversationTests(CallsApp app) : IClassFixture<CallsApp>
{
    [Fact]
    public async Task Pages_go_back_from_the_latest_calls_and_show_each_once()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m);
        var made = new List<CallId>();
        Guid? conversation = null;
        for (var turn = 0; turn < 5; turn++)
        {
            var call = (await app.CallAsync(caller, agent.Id, $"turn {turn}", s => s with { Context = conversation?.ToString() })).Value;
            (conversation, made) = (call.ConversationId, [.. made, call.Id]);
            await app.AnsweredAsync(caller, call.Id);
        }

        var pages = new List<ConversationView>();
        for (string? cursor = null; pages.Count == 0 || cursor is not null; cursor = pages[^1].NextCursor)
            pages.Add((await app.SendAsync(caller, new GetConversation(conversation!.Value, 2, cursor))).Value);

        pages.Select(p => p.Calls.Count).ShouldBe([2, 2, 1]);
        pages.AsEnumerable().Reverse().SelectMany(p => p.Calls).Select(c => c.Call.Id).ShouldBe(made);
        pages[0].Calls[1].Events[0].Body!.Value.GetRawText().ShouldContain("turn 4");
        (await app.SendAsync(caller, new GetConversation(conversation!.Value, 1_000))).Value.Calls.Count.ShouldBe(5);
        // A cursor of no one begins anew; a stranger finds nothing with a good one either.
        (await app.SendAsync(caller, new GetConversation(conversation.Value, 2, "nonsense"))).Value.Calls.Select(c => c.Call.Id).ShouldBe(made[3..]);
        (await app.SendAsync(await app.PosterAsync(0), new GetConversation(conversation.Value, 2, pages[0].NextCursor))).Error!.Code.ShouldBe("calls.conversation_not_found");
    }

    [Fact]
    public async Task Of_a_long_call_the_first_and_the_last_events_are_read_and_no_large_body()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m, answer: async (a, frame) =>
        {
            if (frame.GetProperty("type").GetString() is not "call.requested")
                return;
            var id = SocketAgent.CallOf(frame);
            for (var part = 0; part < 30; part++)
                await a.SendAsync(new { type = "call.artifact", call_id = id, artifact = new { artifactId = "r", parts = new[] { new { text = part == 28 ? new string('x', GetConversation.MaxBodyBytes) : $"part {part}" } } }, append = part > 0 });
            await a.SendAsync(new { type = "call.complete", call_id = id });
        });
        var call = (await app.CallAsync(caller, agent.Id)).Value;
        await app.AnsweredAsync(caller, call.Id);

        var seen = (await app.SendAsync(caller, new GetConversation(call.ConversationId))).Value.Calls.Single();

        seen.Events.Count.ShouldBe(1 + GetConversation.LastEvents);
        seen.Events[0].Sequence.ShouldBe(1);
        seen.Events.Skip(1).Select(e => e.Sequence).ShouldBe(Enumerable.Range(seen.Call.LastSequence - GetConversation.LastEvents + 1, GetConversation.LastEvents));
        seen.Events.Where(e => e.Omitted).ShouldHaveSingleItem().Body.ShouldBeNull();
        (await app.SendAsync(caller, new GetCall(call.Id))).Value.Text.Length.ShouldBeGreaterThan(GetConversation.MaxBodyBytes);
    }
}
