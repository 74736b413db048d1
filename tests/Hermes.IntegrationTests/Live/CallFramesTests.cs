using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Web.Live;
using MediatR;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hermes.IntegrationTests.Live;

/// <summary>Which word of an agent is asked after where: a probe is no call.</summary>
public sealed class CallFramesTests : ISystemScopes
{
    private readonly Guid _id = Guid.CreateVersion7();
    private readonly List<object> _sent = [];
    private readonly List<JsonElement> _answers = [];
    private bool _isProbe = true;

    [Fact]
    public async Task The_answer_to_a_probe_that_this_socket_was_told_of_is_not_looked_for_among_the_calls()
    {
        await SayAsync(Told("probe"), "call.complete", "call.complete");
        _sent.ShouldHaveSingleItem().ShouldBeOfType<AnswerProbe>().Lease.ShouldBe(_id);
        _answers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_probe_that_an_earlier_socket_was_told_of_is_found_after_the_calls()
    {
        await SayAsync(null, "call.complete");
        _sent.Select(s => s.GetType()).ShouldBe([typeof(ReportCall), typeof(AnswerProbe)]);
        _answers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_is_a_call_and_one_that_nobody_knows_is_refused()
    {
        _isProbe = false;
        await SayAsync(Told("call"), "call.complete");
        _sent[0].ShouldBeOfType<ReportCall>().Id.ShouldBe(new CallId(_id));
        _answers.ShouldHaveSingleItem().GetProperty("data").GetProperty("code").GetString().ShouldBe("calls.not_found");
    }

    private LiveFrame Told(string subject) => new(1, "call.requested", subject, _id, TenantId.Platform, "{}", [], [], null, false, DateTimeOffset.UnixEpoch);

    private async Task SayAsync(LiveFrame? told, params string[] types)
    {
        var frames = new CallFrames(new AgentId(Guid.CreateVersion7()), this, bytes => _answers.Add(JsonElement.Parse(bytes)), NullLogger.Instance);
        if (told is not null)
            frames.Tell(told);
        foreach (var type in types)
            frames.Offer(type, JsonSerializer.SerializeToElement(new { type, call_id = _id })).ShouldBeTrue();
        // What was taken before the socket's end is reported still.
        await frames.RunAsync(new CancellationToken(canceled: true));
    }

    ISystemScope ISystemScopes.Begin(string name, TenantId? tenant) => new Scope(this);

    private sealed class Scope(CallFramesTests test) : ISystemScope
    {
        public IServiceProvider Services => throw new NotSupportedException();

        public Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
        {
            test._sent.Add(request);
            object result = request is ReportCall ? (Result<CallView>)CallErrors.NotFound
                : test._isProbe ? (Result<RecordedProbe>)new RecordedProbe(new ProbeId(Guid.CreateVersion7()), default) : AgentErrors.ProbeOutdated;
            return Task.FromResult((T)result);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
