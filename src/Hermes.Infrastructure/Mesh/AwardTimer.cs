using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore.Storage;
using Quartz;

namespace Hermes.Infrastructure.Mesh;

/// <summary>A Quartz trigger per contract, written in the transaction that opens the window.</summary>
internal sealed class AwardTimer(ISchedulerFactory schedulers, HermesDbContext db, IUnitOfWork work) : IAwardTimer
{
    /// <summary>
    /// How long after the window's end a trigger fires. The sweepers aim at the end itself; a trigger is what is left when
    /// all of them were late or dead, and a thousand of them that fire at once would only be in the award's way.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    public async Task ScheduleAsync(ContractId contract, DateTimeOffset dueAt, CancellationToken cancellationToken)
    {
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction()
            ?? throw new InvalidOperationException("A wake-up is planned in a transaction: send it from a command.");
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var enlisted = scheduler.EnlistTransaction(transaction);
        // One that is late fires at once.
        var trigger = TriggerBuilder.Create()
            .WithIdentity($"{contract}:{dueAt.UtcTicks}", AwardJob.Group)
            .ForJob(AwardJob.Key)
            .StartAt(dueAt + Grace)
            .Build();
        await scheduler.ScheduleJob(trigger, cancellationToken: cancellationToken);
        // The scheduler hears of it when the row is there to be found.
        work.AfterCommit(enlisted.Dispose);
    }
}

/// <summary>Fires after the end of a window. It awards whatever is due, unless this node has done so since; the contract that set it may long be done.</summary>
internal sealed class AwardJob(AwardEngine engine) : IJob
{
    public const string Group = "awards";

    public static readonly JobKey Key = new("award-due", Group);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (context.ScheduledFireTimeUtc - AwardTimer.Grace is not { } due || engine.HandledUntil < due)
            await engine.RunAsync(cancellationToken);
    }
}
