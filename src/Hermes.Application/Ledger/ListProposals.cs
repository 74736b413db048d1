using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Proposals of operators, latest first.</summary>
/// <param name="Open">True for those that wait, false for the others, null for all.</param>
/// <param name="Limit">Rows; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[RequiresOperator]
public sealed record ListProposals(bool? Open = true, int? Limit = null, string? Cursor = null) : IQuery<Page<ProposalView>>, IAcrossTenants;

internal sealed class ListProposalsHandler(ILedgerDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<ListProposals, Result<Page<ProposalView>>>
{
    public async Task<Result<Page<ProposalView>>> Handle(ListProposals request, CancellationToken cancellationToken)
    {
        var (limit, now) = (Paging.Clamp(request.Limit), clock.GetUtcNow());
        var query = db.Proposals.AsNoTracking();
        if (request.Open is { } open)
            query = query.Where(p => (p.State == ProposalState.Open && p.ExpiresAt > now) == open);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(p => p.Id < last);
        var page = Paging.Cut(await query.OrderByDescending(p => p.Id).Take(limit + 1).ToListAsync(cancellationToken), limit, p => p.Id.ToString());
        return new Page<ProposalView>([.. page.Items.Select(p => ProposalViews.Of(p, current.Actor, now))], page.NextCursor);
    }
}
