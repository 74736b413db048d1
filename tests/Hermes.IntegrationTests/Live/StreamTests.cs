using System.Globalization;
using System.Net;
using System.Text.Json;
using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Live;

public sealed class StreamTests(StreamTests.App app) : IClassFixture<StreamTests.App>
{
    public sealed class App : OperatorApp
    {
        public App()
        {
            Set("Hermes:Live:StreamsPerPerson", "3");
            Set("Hermes:Live:HeartbeatSeconds", "1");
        }
    }

    private static LiveEvent Event(TenantId tenant, Guid? subject = null, bool everyone = false, string subjectType = "contract") =>
        new("contract.updated", subjectType, subject ?? Guid.CreateVersion7(), tenant, new { Note = "two\nlines" }, everyone ? new Audience([], [], null, true) : Audience.Of(tenant));

    private async Task<Reading> OpenAsync(string? token, string path = "/api/v1/events", string? lastEventId = null)
    {
        var client = app.Client(token);
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/event-stream" } } };
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new Reading(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    [Fact]
    public async Task People_hear_their_own_tenant_and_what_everyone_hears()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        using var stream = await OpenAsync(mine.Token);
        using var visitor = await OpenAsync(null, "/live");
        await stream.NextAsync("ready");
        await visitor.NextAsync("ready");

        var (own, all) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await LiveKit.TellAsync(app.Services, Event(other.Id), Event(mine.Id, own), Event(other.Id, all, everyone: true));

        var first = await stream.NextAsync("contract.updated");
        var second = await stream.NextAsync("contract.updated");
        var seen = await visitor.NextAsync("contract.updated");
        JsonDocument.Parse(first.Data).RootElement.GetProperty("note").GetString().ShouldBe("two\nlines");
        second.Id.ShouldBe(seen.Id);
        long.Parse(second.Id!, CultureInfo.InvariantCulture).ShouldBeGreaterThan(long.Parse(first.Id!, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_stream_is_narrowed_by_contract_and_type()
    {
        var mine = await app.TenantAsync();
        var contract = Guid.CreateVersion7();
        using var stream = await OpenAsync(mine.Token, $"/api/v1/events?contract={contract}&type=contract.updated,settlement");
        await stream.NextAsync("ready");

        await LiveKit.TellAsync(app.Services,
            Event(mine.Id), Event(mine.Id, contract) with { Type = "contract.other" }, Event(mine.Id, contract) with { Type = "settlement" });

        await stream.NextAsync("settlement");
    }

    [Fact]
    public async Task A_stream_resumes_after_the_last_event_it_gave()
    {
        var mine = await app.TenantAsync();
        string? last;
        using (var stream = await OpenAsync(mine.Token))
        {
            await stream.NextAsync("ready");
            await LiveKit.TellAsync(app.Services, Event(mine.Id));
            last = (await stream.NextAsync("contract.updated")).Id;
        }
        await LiveKit.TellAsync(app.Services, Event(mine.Id) with { Type = "missed.one" }, Event(mine.Id) with { Type = "missed.two" });

        using var again = await OpenAsync(mine.Token, lastEventId: last);

        (await again.NextButReadyAsync()).Event.ShouldBe("missed.one");
        (await again.NextButReadyAsync()).Event.ShouldBe("missed.two");
    }

    [Fact]
    public async Task Events_are_listed_as_json_and_the_cursor_goes_on()
    {
        var mine = await app.TenantAsync();
        await LiveKit.TellAsync(app.Services, Event(mine.Id) with { Type = "one" }, Event(mine.Id) with { Type = "two" });
        await LiveKit.DispatchedAsync(app);
        var client = app.Client(mine.Token);

        var first = await (await client.GetAsync("/api/v1/events?limit=1")).JsonAsync(HttpStatusCode.OK);
        var second = await (await client.GetAsync($"/api/v1/events?limit=5&cursor={first.GetProperty("next_cursor").GetString()}")).JsonAsync(HttpStatusCode.OK);

        first.GetProperty("items")[0].GetProperty("type").GetString().ShouldBe("one");
        second.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString()).ShouldBe(["two"]);
        second.GetProperty("items")[0].GetProperty("data").GetProperty("note").GetString().ShouldBe("two\nlines");
        (await client.GetAsync("/api/v1/events?cursor=x")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.Client().GetAsync("/api/v1/events")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Events_about_what_a_role_may_not_see_are_not_told()
    {
        var tenant = (await app.TenantAsync()).Id;
        string[] kept = ["wallet", "purchase", "payout", "subscription", "quota", "agent", "call", "audit"];
        await LiveKit.TellAsync(app.Services, [.. kept.Select(kind => Event(tenant, subjectType: kind)), Event(tenant)]);
        await LiveKit.DispatchedAsync(app);

        var events = (await app.SendAsync(Actors.Person(tenant, Permissions.ContractsRead), new ListEvents())).Value.Items;

        events.Select(e => e.SubjectType).ShouldBe(["contract"]);
        (await app.SendAsync(Actors.Person(tenant), new ListEvents())).Value.Items.Count.ShouldBe(kept.Length + 1);
    }

    [Fact]
    public async Task An_agent_lists_its_own_events_and_announcements_it_is_eligible_for()
    {
        var tenant = (await app.TenantAsync()).Id;
        var agent = await LiveKit.RegisterAsync(app, tenant, "s1.work");
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id), Event(tenant),
            LiveKit.Announce(tenant, new EligibilityTerms(["s1.work"], 0, null, [])), LiveKit.Announce(tenant, new EligibilityTerms(["s1.other"], 0, null, [])));
        await LiveKit.DispatchedAsync(app);

        var events = await (await app.Client(agent.Key).GetAsync("/api/v1/events")).JsonAsync(HttpStatusCode.OK);

        events.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString()).ShouldBe(["contract.updated", "contract.announced"]);
    }

    [Fact]
    public async Task One_person_opens_only_so_many_streams_and_quiet_ones_have_a_heartbeat()
    {
        var mine = await app.TenantAsync();
        var open = new List<Reading>();
        for (var i = 0; i < 3; i++)
            open.Add(await OpenAsync(mine.Token));

        var refused = await app.Client(mine.Token).SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/events") { Headers = { { "Accept", "text/event-stream" } } });
        (await refused.JsonAsync(HttpStatusCode.TooManyRequests)).GetProperty("code").GetString().ShouldBe("live.too_many_streams");
        await open[0].NextAsync("ready");
        (await open[0].CommentAsync()).ShouldBeTrue();
        open.ForEach(o => o.Dispose());

        await Eventually.HoldsAsync(async () =>
        {
            using var response = await app.Client(mine.Token).SendAsync(
                new HttpRequestMessage(HttpMethod.Get, "/api/v1/events") { Headers = { { "Accept", "text/event-stream" } } }, HttpCompletionOption.ResponseHeadersRead);
            return response.StatusCode == HttpStatusCode.OK;
        }, "the streams that ended make room");
    }

    private sealed record Block(string? Id, string? Event, string Data);

    private sealed class Reading(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public async Task<Block> NextAsync(string type)
        {
            var block = await NextAsync();
            block.Event.ShouldBe(type);
            return block;
        }

        public async Task<Block> NextButReadyAsync()
        {
            var block = await NextAsync();
            return block.Event == "ready" ? await NextAsync() : block;
        }

        public async Task<bool> CommentAsync()
        {
            using var limit = new CancellationTokenSource(Eventually.Patience);
            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                if (line == ":")
                    return true;
            }
            return false;
        }

        private async Task<Block> NextAsync()
        {
            using var limit = new CancellationTokenSource(Eventually.Patience);
            string? id = null, type = null, data = "";
            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                    id = line[4..];
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                    type = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data += line[6..];
                else if (line.Length == 0 && type is not null)
                    return new Block(id, type, data);
            }
            throw new InvalidOperationException("The stream ended.");
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
