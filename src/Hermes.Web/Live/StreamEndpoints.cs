using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace Hermes.Web.Live;

/// <summary>
/// Server-sent events: <c>GET /live</c> for pages, <c>GET /api/v1/events</c> for API callers who accept
/// <c>text/event-stream</c>; others get the kept events as pages of JSON. <c>?contract=</c>, <c>?agent=</c> and
/// <c>?type=</c> narrow a stream; <c>Last-Event-ID</c> (or <c>?last_event_id=</c>) resumes it.
/// </summary>
internal sealed class StreamEndpoints : IEndpoints, IRootEndpoints
{
    void IRootEndpoints.Map(IEndpointRouteBuilder root) =>
        root.MapGet("/live", (HttpContext context, IMediator mediator, EventStreams streams) => streams.ServeAsync(context, mediator)).ExcludeFromDescription();

    void IEndpoints.Map(IEndpointRouteBuilder api) =>
        api.MapGet("/events", async (string? cursor, int? limit, HttpContext context, IMediator mediator, EventStreams streams) =>
        {
            if (context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
                await streams.ServeAsync(context, mediator);
            else
                await (await mediator.Ok(new ListEvents(cursor, limit), context.RequestAborted) as Microsoft.AspNetCore.Http.IResult).ExecuteAsync(context);
        }).WithTags("Events").Produces<Page<EventView>>().WithSummary("What happened: kept events as pages, or a stream with Accept: text/event-stream.");
}

/// <summary>Opens, counts and feeds streams.</summary>
internal sealed class EventStreams
{
    private static readonly Error TooMany = new("live.too_many_streams", "Too many open event streams; close one first.", ErrorKind.LimitExceeded);
    private static readonly Error SignInNeeded = AccessErrors.SignInNeeded;
    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    /// <summary>After this the stream ends and the browser connects again by itself: rights are looked up anew.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly EventHub _hub;
    private readonly EventLog _log;
    private readonly EventListener _listener;
    private readonly LiveSettings _settings;
    private readonly IHostApplicationLifetime _lifetime;

    public EventStreams(EventHub hub, EventLog log, EventListener listener, LiveSettings settings, IHostApplicationLifetime lifetime)
    {
        (_hub, _log, _listener, _settings, _lifetime) = (hub, log, listener, settings, lifetime);
        PipelineTelemetry.Meter.CreateObservableGauge("hermes.live.streams", () => _open.Values.Sum(), "{stream}", "Open event streams on this node.");
    }

    public async Task ServeAsync(HttpContext context, IMediator mediator)
    {
        var opened = await mediator.Send(new ListenToEvents(), context.RequestAborted);
        var current = context.RequestServices.GetRequiredService<ICurrentActor>();
        var isApi = context.Request.Path.StartsWithSegments("/api");
        var refusal = opened.Error ?? (isApi && current.Actor.Kind == ActorKind.Anonymous ? SignInNeeded : null);
        var (subject, most) = current.Actor.Kind == ActorKind.Anonymous
            ? ($"address:{context.Connection.RemoteIpAddress}", _settings.StreamsPerAddress)
            : (current.Actor.SubjectId.ToString(), _settings.StreamsPerPerson);
        if (refusal is null && _open.AddOrUpdate(subject, 1, (_, n) => n + 1) > most)
        {
            Leave(subject);
            refusal = TooMany;
        }
        if (refusal is not null)
        {
            await ResultHttp.Problem(refusal).ExecuteAsync(context);
            return;
        }
        try
        {
            await FeedAsync(context, opened.Value);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The reader is gone, the time is over, or the node stops.
        }
        finally
        {
            Leave(subject);
        }
    }

    private async Task FeedAsync(HttpContext context, EventReader reader)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _lifetime.ApplicationStopping);
        end.CancelAfter(Longest);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await _listener.Started.WaitAsync(end.Token);
        var standing = reader.Agent is { } agent ? (await _log.StandingsAsync([agent.Value], end.Token)).SingleOrDefault() : null;
        var sink = new StreamSink(_settings.QueueLength, Topics.Of(context.Request.Query));
        var (subscription, from) = _hub.Subscribe(sink, reader, standing);
        try
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes("retry: 2000\n\n"), end.Token);
            if (LastEventId(context.Request) is { } after)
                await ReplayAsync(response.Body, reader, standing, sink, after, from, end.Token);
            // Gives a new reader the position that it resumes after when it is cut before its first event.
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {from}\nevent: ready\ndata: {{}}\n\n")), end.Token);
            await response.Body.FlushAsync(end.Token);
            await SendAsync(response.Body, sink.Queue, end.Token);
        }
        finally
        {
            _hub.Unsubscribe(subscription);
        }
    }

    private async Task SendAsync(Stream body, ChannelReader<LiveFrame> queue, CancellationToken cancellationToken)
    {
        var waiting = queue.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            if (await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromSeconds(_settings.HeartbeatSeconds), cancellationToken)) == waiting)
            {
                // False when the reader was too slow: it connects again and resumes.
                if (!await waiting)
                    return;
                while (queue.TryRead(out var frame))
                    await body.WriteAsync(frame.StreamBytes, cancellationToken);
                waiting = queue.WaitToReadAsync(cancellationToken).AsTask();
            }
            else
            {
                cancellationToken.ThrowIfCancellationRequested();
                await body.WriteAsync(Comment, cancellationToken);
            }
            await body.FlushAsync(cancellationToken);
        }
    }

    private async Task ReplayAsync(Stream body, EventReader reader, AgentStanding? standing, StreamSink sink, long after, long upTo, CancellationToken cancellationToken)
    {
        const int page = 200;
        while (after < upTo)
        {
            var frames = await _log.ReadForAsync(reader, after, upTo, page, cancellationToken);
            foreach (var frame in frames)
            {
                after = frame.Position;
                if (EventLog.IsFor(frame, reader, standing) && sink.Topics.Include(frame))
                    await body.WriteAsync(frame.StreamBytes, cancellationToken);
            }
            if (frames.Count < page)
                return;
        }
    }

    private void Leave(string subject)
    {
        if (_open.AddOrUpdate(subject, 0, (_, n) => n - 1) <= 0)
            _open.TryRemove(new KeyValuePair<string, int>(subject, 0));
    }

    private static long? LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0)
            text = request.Query["last_event_id"].ToString();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;
    }
}

/// <summary>What a stream is narrowed to.</summary>
internal sealed class Topics
{
    private readonly HashSet<Guid> _subjects = [];
    private readonly HashSet<string> _types = new(StringComparer.Ordinal);

    public static Topics Of(IQueryCollection query)
    {
        var topics = new Topics();
        foreach (var text in query["contract"].Concat(query["agent"]))
        {
            if (Guid.TryParse(text, out var id))
                topics._subjects.Add(id);
        }
        foreach (var text in query["type"].SelectMany(t => (t ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
            topics._types.Add(text);
        return topics;
    }

    public bool Include(LiveFrame frame) =>
        (_subjects.Count == 0 || _subjects.Contains(frame.SubjectId)) && (_types.Count == 0 || _types.Contains(frame.Type));
}

/// <summary>A stream's queue; it ends when it overflows.</summary>
internal sealed class StreamSink(int length, Topics topics) : IEventSink
{
    private readonly Channel<LiveFrame> _queue = Channel.CreateBounded<LiveFrame>(new BoundedChannelOptions(length) { SingleReader = true });

    public Topics Topics => topics;

    public ChannelReader<LiveFrame> Queue => _queue.Reader;

    public void Offer(LiveFrame frame)
    {
        if (topics.Include(frame) && !_queue.Writer.TryWrite(frame))
            _queue.Writer.TryComplete();
    }
}
