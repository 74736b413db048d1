using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>Proves the books: Σ entries = 0, balances = Σ entries, no gap, nothing overdrawn. Reads every entry.</summary>
[RequiresOperator]
public sealed record CheckBooks : IQuery<BooksView>;

/// <summary>The proof's outcome.</summary>
/// <param name="Right">True when no rule is broken.</param>
/// <param name="Broken">The rules that are.</param>
/// <param name="CheckedAt">When.</param>
public sealed record BooksView(bool Right, IReadOnlyList<BrokenRule> Broken, DateTimeOffset CheckedAt);

internal sealed class CheckBooksHandler(ILedgerDb db, TimeProvider clock) : IRequestHandler<CheckBooks, Result<BooksView>>
{
    public async Task<Result<BooksView>> Handle(CheckBooks request, CancellationToken cancellationToken)
    {
        var broken = await db.CheckAsync(cancellationToken);
        return new BooksView(broken.Count == 0, broken, clock.GetUtcNow());
    }
}
