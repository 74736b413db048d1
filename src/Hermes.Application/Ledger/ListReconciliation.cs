using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The cases of the reconciliation, the latest first, and its last runs.</summary>
/// <param name="State">Only cases of this state; null for those that are not closed.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[RequiresOperator]
public sealed record ListReconciliation(CaseState? State = null, int? Limit = null, string? Cursor = null) : IQuery<ReconciliationView>, IAcrossTenants;

/// <summary>An operator's word on a case.</summary>
/// <param name="Id">The case.</param>
/// <param name="State"><c>explained</c> or <c>closed</c>; <c>open</c> takes an explanation back.</param>
/// <param name="Note">Why, 1–1,000 characters.</param>
[RequiresOperator]
public sealed record DecideCase(ReconciliationCaseId Id, CaseState State, string Note) : ICommand<CaseView>, IAcrossTenants;

/// <summary>Cases and runs.</summary>
/// <param name="Cases">A page of cases.</param>
/// <param name="Runs">The last ten runs, the latest first.</param>
public sealed record ReconciliationView(Page<CaseView> Cases, IReadOnlyList<ReconciliationRunView> Runs);

/// <summary>A case.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What does not agree.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="OneSide">The one side with what it says.</param>
/// <param name="OtherSide">The other side with what it says.</param>
/// <param name="State">How far it is.</param>
/// <param name="FoundAt">When it was first seen.</param>
/// <param name="SeenAt">When it was last seen.</param>
/// <param name="Note">What an operator says; null for nothing.</param>
/// <param name="DecidedBy">Who said so; null for nobody.</param>
/// <param name="DecidedAt">When; null while it is open.</param>
public sealed record CaseView(
    ReconciliationCaseId Id, DifferenceKind Kind, string Subject, string OneSide, string OtherSide, CaseState State, DateTimeOffset FoundAt, DateTimeOffset SeenAt,
    string? Note, string? DecidedBy, DateTimeOffset? DecidedAt)
{
    internal static CaseView Of(ReconciliationCase c) => new(c.Id, c.Kind, c.Subject, c.OneSide, c.OtherSide, c.State, c.FoundAt, c.SeenAt, c.Note, c.DecidedBy, c.DecidedAt);
}

internal sealed class DecideCaseValidator : AbstractValidator<DecideCase>
{
    public DecideCaseValidator()
    {
        RuleFor(r => r.Note).NotEmpty().MaximumLength(ReconciliationCase.MaxNote);
        RuleFor(r => r.State).IsInEnum();
    }
}

internal sealed class ListReconciliationHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListReconciliation, Result<ReconciliationView>>, IRequestHandler<DecideCase, Result<CaseView>>
{
    public async Task<Result<ReconciliationView>> Handle(ListReconciliation request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var query = db.ReconciliationCases.AsNoTracking().Where(c => request.State == null ? c.State != CaseState.Closed : c.State == request.State);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(c => ((Guid)(object)c.Id).CompareTo(last) < 0);
        var page = Paging.Cut(await query.OrderByDescending(c => c.Id).Take(limit + 1).ToListAsync(cancellationToken), limit, c => c.Id.ToString());
        var runs = await db.ReconciliationRuns.AsNoTracking().OrderByDescending(r => r.StartedAt).Take(10).ToListAsync(cancellationToken);
        return new ReconciliationView(new Page<CaseView>([.. page.Items.Select(CaseView.Of)], page.NextCursor), runs.ConvertAll(ReconciliationRunView.Of));
    }

    public async Task<Result<CaseView>> Handle(DecideCase request, CancellationToken cancellationToken)
    {
        if (await db.ReconciliationCases.SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } found)
            return ReconciliationErrors.NotFound;
        var before = CaseView.Of(found);
        if (found.Decide(request.State, request.Note.Trim(), current.Actor.Name, clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("reconciliation.decide", "reconciliation_case", found.Id.Value, before, CaseView.Of(found), TenantId.Platform);
        return CaseView.Of(found);
    }
}
