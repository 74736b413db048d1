using System.Collections.Concurrent;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.A2A;
using Hermes.Infrastructure.Shared.Outgoing;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.A2A;

/// <summary>Hermes as a client of the protocol's own JavaScript server, over both bindings.</summary>
public sealed class ClientTests(JavaScriptPeer peer, GuardedJavaScriptPeer guarded, SparseJavaScriptPeer sparse)
    : IClassFixture<JavaScriptPeer>, IClassFixture<GuardedJavaScriptPeer>, IClassFixture<SparseJavaScriptPeer>, IDisposable
{
    private readonly GuardedHttp _http = new(new OutgoingRules(new OutgoingSettings { Allow = ["127.0.0.1"] }, development: false), new HostAddresses());

    private A2AClient Client => new(_http);

    public void Dispose() => _http.Dispose();

    public static TheoryData<string> Bindings => [ProtocolBindings.JsonRpc, ProtocolBindings.HttpJson];

    private async Task<A2ATarget> TargetAsync(string binding, JavaScriptPeer? at = null)
    {
        var card = (await new AgentCardReader(_http).ReadAsync((at ?? peer).Url, null, default)).Card;
        var one = card.SupportedInterfaces.Single(i => i.ProtocolBinding == binding);
        return new A2ATarget(new Uri(one.Url), one.ProtocolBinding, one.Tenant);
    }

    private static SendMessageRequest Say(string text, bool returnImmediately = false, string? task = null) => new()
    {
        Message = Message.FromUser(Guid.CreateVersion7().ToString(), text) with { TaskId = task },
        Configuration = new SendMessageConfiguration { ReturnImmediately = returnImmediately },
    };

    [Fact]
    public async Task The_card_is_read_and_valid()
    {
        var fetched = await new AgentCardReader(_http).ReadAsync(peer.Url, null, default);

        fetched.Card.Name.ShouldBe("JavaScript peer");
        fetched.Card.Capabilities!.Streaming.ShouldBe(true);
        fetched.Interface.ProtocolBinding.ShouldBe(ProtocolBindings.JsonRpc);
        fetched.Url.AbsolutePath.ShouldBe("/.well-known/agent-card.json");
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_message_is_answered_by_a_finished_task(string binding)
    {
        var target = await TargetAsync(binding);

        var answer = await Client.SendAsync(target, Say("say hello"), default);

        answer.Task!.Status.State.ShouldBe(TaskState.Completed);
        answer.Task.Artifacts!.Single().Parts.Single().Text.ShouldBe("say hello");
        var read = await Client.GetTaskAsync(target, new GetTaskRequest { Id = answer.Task.Id, HistoryLength = 1 }, default);
        read.Id.ShouldBe(answer.Task.Id);
        read.History!.Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_message_may_be_answered_by_a_message(string binding)
    {
        var answer = await Client.SendAsync(await TargetAsync(binding), Say("answer me"), default);

        answer.Task.ShouldBeNull();
        answer.Message!.AllText().ShouldBe("answer me");
        answer.Message.Role.ShouldBe(Role.Agent);
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_stream_tells_the_task_then_its_changes_and_ends(string binding)
    {
        var events = new List<StreamResponse>();
        await foreach (var one in Client.StreamAsync(await TargetAsync(binding), Say("say it in pieces"), default))
            events.Add(one);

        events[0].Task.ShouldNotBeNull();
        events.Select(e => e.State).OfType<TaskState>().ShouldBe([TaskState.Submitted, TaskState.Working, TaskState.Completed]);
        events.Single(e => e.ArtifactUpdate is not null).ArtifactUpdate!.Artifact.Parts[0].Text.ShouldBe("say it in pieces");
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_running_task_is_followed_and_cancelled(string binding)
    {
        var target = await TargetAsync(binding);
        var begun = (await Client.SendAsync(target, Say("slow work", returnImmediately: true), default)).Task!;
        begun.Status.State.IsRunning().ShouldBeTrue();
        var states = new ConcurrentQueue<TaskState>();
        var opened = new TaskCompletionSource();
        var following = Task.Run(async () =>
        {
            await foreach (var one in Client.SubscribeAsync(target, new SubscribeToTaskRequest { Id = begun.Id }, default))
            {
                states.Enqueue(one.State!.Value);
                opened.TrySetResult();
            }
        });
        await opened.Task.WaitAsync(Eventually.Patience);

        var canceled = await Client.CancelTaskAsync(target, new CancelTaskRequest { Id = begun.Id }, default);

        canceled.Id.ShouldBe(begun.Id);
        await following.WaitAsync(Eventually.Patience);
        states.Last().ShouldBe(TaskState.Canceled);
        var done = (await Client.SendAsync(target, Say("say it"), default)).Task!;
        var late = await Should.ThrowAsync<A2ACallException>(Client.CancelTaskAsync(target, new CancelTaskRequest { Id = done.Id }, default));
        late.Error!.Code.ShouldBe(A2AErrors.TaskNotCancelable.Code);
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_task_that_asks_is_answered(string binding)
    {
        var target = await TargetAsync(binding);
        var asked = (await Client.SendAsync(target, Say("ask me"), default)).Task!;
        asked.Status.State.ShouldBe(TaskState.InputRequired);
        asked.Status.Message!.AllText().ShouldBe("What else?");

        var done = (await Client.SendAsync(target, Say("say this", task: asked.Id), default)).Task!;

        done.Id.ShouldBe(asked.Id);
        done.Status.State.ShouldBe(TaskState.Completed);
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Tasks_are_listed(string binding)
    {
        var target = await TargetAsync(binding);
        var done = (await Client.SendAsync(target, Say("say it for the list"), default)).Task!;

        var page = await Client.ListTasksAsync(target, new ListTasksRequest { ContextId = done.ContextId, PageSize = 10, Status = TaskState.Completed }, default);

        page.Tasks.Single().Id.ShouldBe(done.Id);
        page.NextPageToken.ShouldBe("");
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Pushes_are_configured_and_arrive(string binding)
    {
        var received = new ConcurrentQueue<(StreamResponse Event, string Token, string Authorization)>();
        await using var hook = WebApplication.CreateSlimBuilder().Build();
        hook.Urls.Add("http://127.0.0.1:0");
        hook.MapPost("/hook", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Enqueue((A2AJson.Read<StreamResponse>(body.ToArray()), request.Headers["X-A2A-Notification-Token"].ToString(), request.Headers.Authorization.ToString()));
        });
        await hook.StartAsync();
        var target = await TargetAsync(binding);
        var begun = (await Client.SendAsync(target, Say("slow push", returnImmediately: true), default)).Task!;

        var made = await Client.CreatePushConfigAsync(target, new TaskPushNotificationConfig
        {
            TaskId = begun.Id,
            Id = "mine",
            Url = $"{hook.Urls.First()}/hook",
            Token = "tok",
            Authentication = new AuthenticationInfo { Scheme = "Bearer", Credentials = "cred" },
        }, default);

        made.Id.ShouldBe("mine");
        (await Client.GetPushConfigAsync(target, new PushNotificationConfigRequest { TaskId = begun.Id, Id = "mine" }, default)).Url.ShouldBe(made.Url);
        (await Client.ListPushConfigsAsync(target, new ListPushNotificationConfigsRequest { TaskId = begun.Id }, default)).Configs.Count.ShouldBe(1);
        await Client.CancelTaskAsync(target, new CancelTaskRequest { Id = begun.Id }, default);
        await Eventually.HoldsAsync(() => received.Any(r => r.Event.State == TaskState.Canceled));
        received.ShouldAllBe(r => r.Event.TaskId == begun.Id && (r.Authorization == "Bearer cred" || r.Token == "tok"));
        received.Last().Event.State.ShouldBe(TaskState.Canceled);
        await Client.DeletePushConfigAsync(target, new PushNotificationConfigRequest { TaskId = begun.Id, Id = "mine" }, default);
        (await Client.ListPushConfigsAsync(target, new ListPushNotificationConfigsRequest { TaskId = begun.Id }, default)).Configs.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Errors_are_those_of_the_specification(string binding)
    {
        var target = await TargetAsync(binding);

        var unknown = await Should.ThrowAsync<A2ACallException>(Client.GetTaskAsync(target, new GetTaskRequest { Id = "nope" }, default));
        unknown.Failure.ShouldBe(A2AFailure.Refused);
        unknown.Error!.Code.ShouldBe(A2AErrors.TaskNotFound.Code);

        var done = (await Client.SendAsync(target, Say("say done"), default)).Task!;
        var late = await Should.ThrowAsync<A2ACallException>(Client.SendAsync(target, Say("say more", task: done.Id), default));
        late.Error!.Code.ShouldBe(A2AErrors.UnsupportedOperation.Code);

        var over = await Should.ThrowAsync<A2ACallException>(async () =>
        {
            await foreach (var _ in Client.SubscribeAsync(target, new SubscribeToTaskRequest { Id = done.Id }, default))
            {
            }
        });
        over.Error!.Code.ShouldBe(A2AErrors.UnsupportedOperation.Code);
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task What_an_agent_does_not_offer_it_refuses(string binding)
    {
        var target = await TargetAsync(binding, sparse);
        var done = (await Client.SendAsync(target, Say("say done"), default)).Task!;

        var pushes = await Should.ThrowAsync<A2ACallException>(Client.CreatePushConfigAsync(target, new TaskPushNotificationConfig { TaskId = done.Id, Url = "https://example.com/hook" }, default));
        var card = await Should.ThrowAsync<A2ACallException>(Client.GetExtendedCardAsync(target, default));

        (pushes.Failure, pushes.Error!.Code, pushes.Error.Reason).ShouldBe((A2AFailure.Refused, -32003, "PUSH_NOTIFICATION_NOT_SUPPORTED"));
        (card.Failure, card.Error!.Code, card.Error.Reason).ShouldBe((A2AFailure.Refused, -32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED"));
    }

    [Theory]
    [InlineData(-32001, "TASK_NOT_FOUND", 404)]
    [InlineData(-32002, "TASK_NOT_CANCELABLE", 400)]
    [InlineData(-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED", 400)]
    [InlineData(-32004, "UNSUPPORTED_OPERATION", 400)]
    [InlineData(-32005, "CONTENT_TYPE_NOT_SUPPORTED", 400)]
    [InlineData(-32006, "INVALID_AGENT_RESPONSE", 500)]
    [InlineData(-32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED", 400)]
    [InlineData(-32008, "EXTENSION_SUPPORT_REQUIRED", 400)]
    [InlineData(-32009, "VERSION_NOT_SUPPORTED", 400)]
    public async Task An_error_of_the_specification_is_told_apart_from_the_others(int code, string reason, int status)
    {
        await using var agent = WebApplication.CreateSlimBuilder().Build();
        agent.Urls.Add("http://127.0.0.1:0");
        var details = new[] { new Dictionary<string, object> { ["@type"] = A2AError.InfoType, ["reason"] = reason, ["domain"] = A2AError.Domain } };
        agent.MapPost("/rpc", async (HttpRequest request) =>
        {
            var id = (await request.ReadFromJsonAsync<JsonElement>()).GetProperty("id");
            return Results.Json(new { jsonrpc = "2.0", id, error = new { code, message = "So it is.", data = details } });
        });
        agent.MapPost("/rest/{**rest}", () => Results.Json(new { error = new { code = status, status = "SOME_STATUS", message = "So it is.", details } }, contentType: A2AJson.MediaType, statusCode: status));
        await agent.StartAsync();

        foreach (var target in new[] { new A2ATarget(new Uri(agent.Urls.First() + "/rpc"), ProtocolBindings.JsonRpc), new A2ATarget(new Uri(agent.Urls.First() + "/rest"), ProtocolBindings.HttpJson) })
        {
            var whole = await Should.ThrowAsync<A2ACallException>(Client.SendAsync(target, Say("x"), default));
            var streamed = await Should.ThrowAsync<A2ACallException>(async () =>
            {
                await foreach (var _ in Client.StreamAsync(target, Say("x"), default))
                {
                }
            });

            foreach (var refused in new[] { whole, streamed })
            {
                refused.Failure.ShouldBe(A2AFailure.Refused);
                (refused.Error!.Code, refused.Error.Reason, refused.Error.HttpStatus, refused.Error.Message).ShouldBe((code, reason, status, "So it is."));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task The_extended_card_is_read(string binding) =>
        (await Client.GetExtendedCardAsync(await TargetAsync(binding), default)).Name.ShouldBe("JavaScript peer");

    [Fact]
    public async Task Credentials_open_what_is_closed_without_them()
    {
        var card = await new AgentCardReader(_http).ReadAsync(guarded.Url, null, default);
        var closed = new A2ATarget(new Uri(card.Interface.Url), card.Interface.ProtocolBinding);
        var open = closed with { Headers = [new("Authorization", $"Bearer {GuardedJavaScriptPeer.Token}")] };

        await Should.ThrowAsync<A2ACallException>(Client.SendAsync(closed, Say("say x"), default));
        (await Client.SendAsync(open, Say("say x"), default)).Task!.Status.State.ShouldBe(TaskState.Completed);
        open.ToString().ShouldNotContain(GuardedJavaScriptPeer.Token);
    }
}
