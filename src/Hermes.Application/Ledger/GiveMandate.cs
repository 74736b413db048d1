using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>Gives one of the tenant's agents a budget. From then on it spends by mandate only.</summary>
/// <param name="AgentId">Who may spend: an agent of the tenant.</param>
/// <param name="Input">The terms.</param>
[Requires(Permissions.BillingManage)]
public sealed record GiveMandate(AgentId AgentId, MandateInput Input) : ICommand<MandateView>;

internal sealed class GiveMandateHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<GiveMandate, Result<MandateView>>
{
    public async Task<Result<MandateView>> Handle(GiveMandate request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (!(await db.OwnAgentsAsync(actor.RequiredTenant, [request.AgentId], cancellationToken)).TryGetValue(request.AgentId, out var name))
            return MandateRules.HolderNotFound;
        var given = Mandate.Give(Id.New<MandateId>(clock), actor.RequiredTenant, request.AgentId, request.Input.ToTerms(), actor.Person, now);
        if (!given.Succeeded)
            return given.Error;
        db.Mandates.Add(given.Value);
        var view = MandateView.Of(given.Value, name, now);
        audit.Record("mandate.give", "mandate", view.Id.Value, null, view);
        return view;
    }
}
