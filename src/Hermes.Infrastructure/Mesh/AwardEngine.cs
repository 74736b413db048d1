using System.Data.Common;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Sends <see cref="AwardDue"/> as a system actor until nothing is due. One run at a time on a node; calls during a run
/// count as one more run after it, so that a thousand timers that fire at once cost two runs.
/// </summary>
internal sealed class AwardEngine(ISystemScopes scopes, TimeProvider clock, ILogger<AwardEngine> logger)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private Task? _following;
    private long _handledUntil;

    /// <summary>Everything that was due at this instant was handled by this node or was in another's hands.</summary>
    public DateTimeOffset HandledUntil => new(Interlocked.Read(ref _handledUntil), TimeSpan.Zero);

    /// <summary>Done when everything that was due at the call has been handled or left to another node.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_running.IsCompleted)
                return _running = DrainAsync(cancellationToken);
            return _following ??= FollowAsync(_running, cancellationToken);
        }
    }

    private async Task FollowAsync(Task former, CancellationToken cancellationToken)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task run;
        lock (_gate)
        {
            _following = null;
            run = _running = DrainAsync(cancellationToken);
        }
        await run;
    }

    private async Task<bool> PostponeFirstAsync(Exception failure, CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin("award-engine");
        var postponed = await scope.SendAsync(new PostponeAward(), cancellationToken);
        if (!postponed.Succeeded || postponed.Value.Contract is not { } contract)
            return false;
        logger.LogError(failure, "Contract {Contract} can't be awarded at the moment and is tried again in a minute", contract);
        return true;
    }

    // The database is away, or two were in each other's way: nothing is wrong with any contract.
    private static bool IsTransient(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException { IsTransient: true })
                return true;
        }
        return false;
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        // Off the caller's lock and thread.
        await Task.Yield();
        var limit = AwardDue.DefaultLimit;
        for (; ; )
        {
            var started = clock.GetUtcNow();
            await using var scope = scopes.Begin("award-engine");
            Result<AwardRun> run;
            try
            {
                run = await scope.SendAsync(new AwardDue(limit), cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && !IsTransient(failure))
            {
                if (limit == 1 && !await PostponeFirstAsync(failure, cancellationToken))
                    throw;
                // One by one from here on: the one that fails stays alone.
                limit = 1;
                continue;
            }
            if (!run.Succeeded)
            {
                logger.LogError("The award engine was refused: {Code}", run.Error.Code);
                return;
            }
            if (run.Value.Handled < limit)
            {
                Interlocked.Exchange(ref _handledUntil, started.UtcTicks);
                return;
            }
        }
    }
}

/// <summary>
/// Catches what no timer did: looks every second, and sooner when a window is about to close, so that a lost node, a late
/// scheduler or a contract that was passed over for a moment delays nobody.
/// </summary>
internal sealed class AwardSweeper(AwardEngine engine, ISystemScopes scopes, TimeProvider clock, ILogger<AwardSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Longest;
            try
            {
                var next = await NextAsync(stoppingToken);
                if (next <= clock.GetUtcNow())
                {
                    await engine.RunAsync(stoppingToken);
                    next = await NextAsync(stoppingToken);
                }
                if (next is { } due)
                    wait = TimeSpan.FromTicks(Math.Clamp((due - clock.GetUtcNow()).Ticks, Shortest.Ticks, Longest.Ticks));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogError(failure, "The award engine failed; it tries again in {Seconds} s", Longest.TotalSeconds);
            }
            await Task.Delay(wait, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.Begin("award-engine");
        return await scope.Services.GetRequiredService<IAwardBook>().NextDueAsync(cancellationToken);
    }
}
