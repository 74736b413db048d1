using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>What was paid by a mandate, latest first.</summary>
/// <param name="Id">The mandate.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListMandateUses(MandateId Id, int? Limit = null, string? Cursor = null) : IQuery<Page<MandateUseView>>;

/// <summary>What one call or contract took from a mandate.</summary>
/// <param name="SubjectType"><c>call</c> or <c>contract</c>.</param>
/// <param name="SubjectId">Which one.</param>
/// <param name="AgentId">The agent that spends.</param>
/// <param name="PayeeAgentId">The agent that is paid; null while a contract has no winner.</param>
/// <param name="Project">The payment's label; null for none.</param>
/// <param name="Taken">What left the wallet.</param>
/// <param name="Returned">What came back to it.</param>
/// <param name="At">When it was begun.</param>
public sealed record MandateUseView(string SubjectType, Guid SubjectId, AgentId AgentId, AgentId? PayeeAgentId, string? Project, Money Taken, Money Returned, DateTimeOffset At);

internal sealed class ListMandateUsesHandler(ILedgerDb db, ICurrentActor current) : IRequestHandler<ListMandateUses, Result<Page<MandateUseView>>>
{
    public async Task<Result<Page<MandateUseView>>> Handle(ListMandateUses request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        if (await db.Mandates.AsNoTracking().SingleOrDefaultAsync(m => m.Id == request.Id && m.TenantId == tenant && m.RemovedAt == null, cancellationToken) is not { } mandate)
            return SpendErrors.MandateNotFound;
        var query = db.MandateUses.AsNoTracking().Where(u => u.MandateId == request.Id && u.TenantId == tenant);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(u => u.SubjectId < last);
        var page = Paging.Cut(await query.OrderByDescending(u => u.SubjectId).Take(limit + 1).ToListAsync(cancellationToken), limit, u => u.SubjectId.ToString());
        return new Page<MandateUseView>([.. page.Items.Select(u => new MandateUseView(u.SubjectType, u.SubjectId, u.AgentId, u.PayeeAgentId, u.Project,
            new Money(u.Taken, mandate.Currency), new Money(u.Returned, mandate.Currency), u.At))], page.NextCursor);
    }
}
