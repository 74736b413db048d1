using System.Diagnostics.Metrics;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>
/// Awards every contract whose window has closed, opens every one whose start has come, and gives up those whose time is
/// over. Timers and sweepers of all nodes send it; whoever comes first does the work.
/// </summary>
/// <param name="Limit">Most contracts in one transaction.</param>
[RequiresSystem]
public sealed record AwardDue(int Limit = AwardDue.DefaultLimit) : ICommand<AwardRun>
{
    /// <summary>Enough that a burst takes few transactions, few enough that the first are told early.</summary>
    public const int DefaultLimit = 250;
}

/// <summary>What one run did.</summary>
/// <param name="Handled">How many contracts.</param>
/// <param name="Awarded">How many of them have a winner now.</param>
public sealed record AwardRun(int Handled, int Awarded);

internal sealed class AwardDueHandler(
    IAwardBook book, IReceiptSigner signer, IAwardTimer timer, IUnitOfWork work, IFaultPoints faults, TimeProvider clock)
    : IRequestHandler<AwardDue, Result<AwardRun>>
{
    private static readonly Counter<long> Awarded = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.awarded", "{contract}", "Contracts that the engine awarded.");

    public async Task<Result<AwardRun>> Handle(AwardDue request, CancellationToken cancellationToken)
    {
        faults.Reach("award.before_hold");
        var due = await book.AwardDueAsync(clock.GetUtcNow(), request.Limit, cancellationToken);
        faults.Reach("award.after_hold");
        var contents = due.Where(d => d.Receipt is not null).Select(d => d.Receipt!).ToList();
        var receipts = contents.Count > 0 ? await signer.SignAsync(contents, cancellationToken) : [];
        if (due.Count > 0)
            await book.StoreAsync(due, receipts, cancellationToken);
        faults.Reach("award.after_receipts");
        foreach (var contract in due.Where(d => d.NextDueAt is not null && d.Outcome is DueOutcome.Extended or DueOutcome.Opened))
            await timer.ScheduleAsync(contract.Contract, contract.NextDueAt!.Value, cancellationToken);
        if (due.Count > 0)
            work.AfterCommit(() => faults.Reach("award.after_commit"));
        work.AfterCommit(() => Awarded.Add(receipts.Count));
        return new AwardRun(due.Count, receipts.Count);
    }
}
