using System.Text.Json;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>
/// An operator decides a dispute, first or on its appeal. The first decision may be appealed, the second is final; much money
/// needs a second operator first.
/// </summary>
/// <param name="Id">The contract.</param>
/// <param name="Decision">Release, refund or split.</param>
/// <param name="Percent">Percent of what is held to release, 1–99, for a split; else null.</param>
/// <param name="Note">The reasons, told to both sides, 1–2,000 characters.</param>
[RequiresOperator]
public sealed record ResolveDispute(ContractId Id, DisputeDecision Decision, int? Percent = null, string? Note = null) : ICommand<DisputeResolved>, IAcrossTenants;

/// <summary>What became of a decision.</summary>
/// <param name="Dispute">The dispute.</param>
/// <param name="Settlement">How the escrow was split; null unless the decision is final.</param>
/// <param name="Proposal">What another operator has to confirm first; null where one is enough.</param>
public sealed record DisputeResolved(DisputeView Dispute, SettlementView? Settlement, ProposalView? Proposal);

internal sealed class ResolveDisputeValidator : AbstractValidator<ResolveDispute>
{
    public ResolveDisputeValidator()
    {
        RuleFor(r => r.Decision).IsInEnum();
        RuleFor(r => r.Note).NotEmpty().MaximumLength(Dispute.MaxText);
    }
}

internal sealed class ResolveDisputeHandler(IDueContracts due, DisputeDesk desk, ISecondOperator second, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ResolveDispute, Result<DisputeResolved>>
{
    public async Task<Result<DisputeResolved>> Handle(ResolveDispute request, CancellationToken cancellationToken)
    {
        var found = await desk.LockAsync(due, request.Id, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        if (current.Actor.Person is not { } person)
            return AccessErrors.OperatorsOnly;
        var (contract, dispute) = found.Value;
        var ruling = new DisputeRuling(request.Decision, request.Percent, request.Note!.Trim(), person);
        var held = await desk.AtStakeAsync(contract, dispute, cancellationToken);
        if (second.IsNeededFor(held))
        {
            if (dispute.CheckRuling(ruling, clock.GetUtcNow()) is { } early)
                return early;
            var what = request.Decision switch
            {
                DisputeDecision.Release => $"Release {held} to the agent",
                DisputeDecision.Refund => $"Give {held} back to the poster",
                _ => $"Release {request.Percent} % of {held} to the agent and give the rest back",
            };
            var proposed = await second.ProposeAsync(ProposedRuling.Of, new ProposedRuling.Act(request.Id, request.Decision, request.Percent, ruling.Note), "contract", request.Id.Value,
                held, $"{what} ({(dispute.State == DisputeState.Appealed ? "appeal" : "dispute")} about “{contract.Title}”)", ruling.Note, cancellationToken);
            return proposed.Succeeded ? new DisputeResolved(DisputeView.Of(dispute), null, proposed.Value) : proposed.Error;
        }
        var settled = await desk.DecideAsync(contract, dispute, ruling, cancellationToken);
        return settled.Succeeded
            ? new DisputeResolved(DisputeView.Of(dispute), settled.Value is { } settlement ? SettlementView.Of(settlement) : null, null)
            : settled.Error;
    }
}

/// <summary>A decision that another operator confirmed.</summary>
public sealed class ProposedRuling(IDueContracts due, DisputeDesk desk) : IProposedAct
{
    internal const string Of = "dispute.resolve";

    /// <summary>What was proposed.</summary>
    internal sealed record Act(ContractId Contract, DisputeDecision Decision, int? Percent, string Note);

    /// <inheritdoc />
    public string Kind => Of;

    /// <inheritdoc />
    public async Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken)
    {
        var what = act.Deserialize<Act>(HermesJson.Options)!;
        var found = await desk.LockAsync(due, what.Contract, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var settled = await desk.DecideAsync(found.Value.Contract, found.Value.Dispute, new DisputeRuling(what.Decision, what.Percent, what.Note, proposedBy, confirmedBy), cancellationToken);
        return settled.Succeeded ? Done.Ok : settled.Error;
    }
}
