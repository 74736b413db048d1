using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>
/// Compares what must agree: new entries with balances, escrows with what contracts and calls say is held, providers with the
/// ledger. Reads only what is new since the last run. Each difference opens a case; one that is gone closes its case.
/// </summary>
[RequiresOperator]
public sealed record Reconcile : ICommand<ReconciliationRunView>, IAcrossTenants;

/// <summary>What a run saw.</summary>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it was done.</param>
/// <param name="Accounts">Accounts with new entries.</param>
/// <param name="Entries">New entries.</param>
/// <param name="Escrows">Escrows and claims that were compared.</param>
/// <param name="Movements">Provider movements that were compared.</param>
/// <param name="Differences">Differences.</param>
public sealed record ReconciliationRunView(DateTimeOffset StartedAt, DateTimeOffset EndedAt, long Accounts, long Entries, long Escrows, long Movements, int Differences)
{
    internal static ReconciliationRunView Of(ReconciliationRun r) => new(r.StartedAt, r.EndedAt, r.Accounts, r.Entries, r.Escrows, r.Movements, r.Differences);
}

/// <summary>A difference as a run sees it.</summary>
/// <param name="Kind">What does not agree.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="OneSide">The one side with what it says.</param>
/// <param name="OtherSide">The other side with what it says.</param>
public sealed record Difference(DifferenceKind Kind, string Subject, string OneSide, string OtherSide);

/// <summary>What the database does for the reconciliation.</summary>
public interface IReconciliationDb
{
    /// <summary>Waits for another run's end.</summary>
    Task LockAsync(CancellationToken cancellationToken);

    /// <summary>Compares accounts that have new entries with them, and moves their checkpoints on.</summary>
    Task<(long Accounts, long Entries, IReadOnlyList<Difference> Differences)> CheckNewEntriesAsync(CancellationToken cancellationToken);

    /// <summary>Escrow accounts that hold something, with their owner and what they hold.</summary>
    Task<IReadOnlyDictionary<Guid, Money>> EscrowsAsync(CancellationToken cancellationToken);

    /// <summary>Sums of the entries on payment clearing by subject, for these subject types, at or after the first instant and before the second.</summary>
    Task<IReadOnlyList<(string SubjectType, Guid SubjectId, Money Amount)>> ClearingAsync(IReadOnlyCollection<string> subjectTypes, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);
}

internal sealed class ReconcileHandler(ILedgerDb db, IReconciliationDb books, IEnumerable<IHeldClaims> holders, IEnumerable<IProviderMovements> providers, TimeProvider clock)
    : IRequestHandler<Reconcile, Result<ReconciliationRunView>>
{
    /// <summary>A provider may be this late with a movement that the ledger has, and the other way round.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private static readonly TimeSpan ProviderWindow = TimeSpan.FromDays(3);

    // What a run always compares as a whole: a case of these that is not seen again is settled.
    private static readonly DifferenceKind[] Standing =
        [DifferenceKind.CurrencyNotZero, DifferenceKind.Overdrawn, DifferenceKind.EscrowNotClaim, DifferenceKind.EscrowWithoutClaim];

    public async Task<Result<ReconciliationRunView>> Handle(Reconcile request, CancellationToken cancellationToken)
    {
        await books.LockAsync(cancellationToken);
        var started = clock.GetUtcNow();
        var (accounts, entries, found) = await books.CheckNewEntriesAsync(cancellationToken);
        var differences = found.ToList();
        var escrows = await CompareEscrowsAsync(differences, cancellationToken);
        var movements = await CompareProvidersAsync(started, differences, cancellationToken);
        await FileAsync(differences, started, cancellationToken);
        var run = ReconciliationRun.Done(started, clock.GetUtcNow(), accounts, entries, escrows, movements, differences.Count);
        db.ReconciliationRuns.Add(run);
        return ReconciliationRunView.Of(run);
    }

    private async Task<long> CompareEscrowsAsync(List<Difference> differences, CancellationToken cancellationToken)
    {
        var claims = await ClaimsAsync(holder => holder.OpenAsync(cancellationToken));
        var escrows = await books.EscrowsAsync(cancellationToken);
        foreach (var (id, claim) in await ClaimsAsync(holder => holder.OfAsync([.. escrows.Keys.Where(id => !claims.ContainsKey(id))], cancellationToken)))
            claims.Add(id, claim);
        List<Guid> suspects = [.. claims.Keys.Union(escrows.Keys).Where(id => Differs(id, claims, escrows))];
        if (suspects.Count > 0)
        {
            // Money moves between two looks. What claims the same before and after a second look at its escrow claimed it at that look, too.
            var second = await books.EscrowsAsync(cancellationToken);
            var still = await ClaimsAsync(holder => holder.OfAsync(suspects, cancellationToken));
            differences.AddRange(suspects.Where(id => claims.GetValueOrDefault(id) == still.GetValueOrDefault(id) && Differs(id, claims, second)).Select(id => Of(id, claims, second)));
        }
        return claims.Keys.Union(escrows.Keys).LongCount();
    }

    private async Task<Dictionary<Guid, HeldClaim>> ClaimsAsync(Func<IHeldClaims, Task<IReadOnlyList<HeldClaim>>> ask)
    {
        var claims = new Dictionary<Guid, HeldClaim>();
        foreach (var holder in holders)
        {
            foreach (var claim in await ask(holder))
                claims[claim.SubjectId] = claim;
        }
        return claims;
    }

    private static bool Differs(Guid id, Dictionary<Guid, HeldClaim> claims, IReadOnlyDictionary<Guid, Money> escrows) =>
        !claims.TryGetValue(id, out var claim) ? escrows.ContainsKey(id)
        : escrows.TryGetValue(id, out var held) ? held != claim.Held
        : !claim.Held.IsZero;

    private static Difference Of(Guid id, Dictionary<Guid, HeldClaim> claims, IReadOnlyDictionary<Guid, Money> escrows) => !claims.TryGetValue(id, out var claim)
        ? new Difference(DifferenceKind.EscrowWithoutClaim, $"escrow {id}", $"escrow holds {escrows[id]}", "there is no contract or call of this id")
        : new Difference(claim.Held.IsZero ? DifferenceKind.EscrowWithoutClaim : DifferenceKind.EscrowNotClaim, $"{claim.SubjectType} {id}",
            $"escrow holds {(escrows.TryGetValue(id, out var held) ? held : Money.Zero(claim.Held.Currency))}", $"{claim.SubjectType} is {claim.State} and should hold {claim.Held}");

    private async Task<long> CompareProvidersAsync(DateTimeOffset now, List<Difference> differences, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var provider in providers.Where(p => p.SubjectTypes.Count > 0))
        {
            var known = await provider.KnownUntilAsync(cancellationToken);
            if (known <= now - ProviderWindow)
                continue;
            var to = known < now ? known : now;
            var from = to - ProviderWindow;
            var moved = (await provider.BetweenAsync(from - Grace, to, cancellationToken)).GroupBy(m => (m.SubjectType, m.SubjectId, m.Amount.Currency))
                .ToDictionary(g => g.Key, g => (Sum: g.Sum(m => m.Amount.MicroUnits), Names: string.Join(", ", g.Select(m => $"{m.Provider} {m.Reference}")), First: g.Min(m => m.At), Last: g.Max(m => m.At)));
            // Entries are on the other side of what came in.
            var booked = (await books.ClearingAsync(provider.SubjectTypes, from - Grace, to, cancellationToken)).GroupBy(c => (c.SubjectType, c.SubjectId, c.Amount.Currency))
                .ToDictionary(g => g.Key, g => -g.Sum(c => c.Amount.MicroUnits));
            var settled = (await books.ClearingAsync(provider.SubjectTypes, from, to - Grace, cancellationToken)).Select(c => (c.SubjectType, c.SubjectId, c.Amount.Currency)).ToHashSet();
            // What moved or was booked just now may be on one side only yet.
            var recent = (await books.ClearingAsync(provider.SubjectTypes, to - Grace, to, cancellationToken)).Select(c => (c.SubjectType, c.SubjectId, c.Amount.Currency)).ToHashSet();
            count += moved.Count;
            foreach (var (key, (sum, names, first, last)) in moved.Where(m => m.Value.First >= from))
            {
                var subject = $"{key.SubjectType} {key.SubjectId}";
                if (!booked.TryGetValue(key, out var amount))
                {
                    if (first < to - Grace)
                        differences.Add(new Difference(DifferenceKind.ProviderOnly, subject, $"{names}: {new Money(sum, key.Currency)}", "the ledger has no entry for it"));
                }
                else if (amount != sum && last < to - Grace && !recent.Contains(key))
                {
                    differences.Add(new Difference(DifferenceKind.ProviderNotLedger, subject, $"{names}: {new Money(sum, key.Currency)}", $"ledger: {new Money(amount, key.Currency)}"));
                }
            }
            differences.AddRange(booked.Where(b => b.Value != 0 && settled.Contains(b.Key) && !moved.ContainsKey(b.Key)).Select(b =>
                new Difference(DifferenceKind.LedgerOnly, $"{b.Key.SubjectType} {b.Key.SubjectId}", "the provider knows nothing of it", $"ledger: {new Money(b.Value, b.Key.Currency)}")));
        }
        return count;
    }

    private async Task FileAsync(List<Difference> differences, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = await db.ReconciliationCases.Where(c => c.State != CaseState.Closed).ToListAsync(cancellationToken);
        foreach (var difference in differences)
        {
            if (open.Find(c => c.Kind == difference.Kind && c.Subject == difference.Subject) is { } known)
                known.See(difference.OneSide, difference.OtherSide, now);
            else
                db.ReconciliationCases.Add(ReconciliationCase.Find(Id.New<ReconciliationCaseId>(clock), difference.Kind, difference.Subject, difference.OneSide, difference.OtherSide, now));
        }
        foreach (var gone in open.Where(c => Standing.Contains(c.Kind) && c.SeenAt < now && differences.TrueForAll(d => (d.Kind, d.Subject) != (c.Kind, c.Subject))))
            gone.Agree(now);
    }
}
