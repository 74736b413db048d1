using System.Text.Json;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The poster releases a part of what is held, or all of it, without waiting for a validation. Released is released.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Amount">How much; null with <paramref name="Percent"/>, or for all.</param>
/// <param name="Percent">1–100 of what is held; null with <paramref name="Amount"/>, or for all.</param>
/// <param name="Reason">A line for the history, at most 500 characters; null for none.</param>
[Requires(Permissions.ContractsValidate)]
public sealed record ReleaseEscrow(ContractId Id, Money? Amount = null, int? Percent = null, string? Reason = null) : ICommand<EscrowReleased>, IAcrossTenants, IPays
{
    /// <summary>What the caller saw held, in millionths; refused when it is another amount by now. Null for whatever it is.</summary>
    public long? HeldMicroUnits { get; init; }

    /// <summary>True for an intended repeat of the very same release.</summary>
    public bool Repeat { get; init; }

    /// <inheritdoc />
    public PaymentCause? Cause => Repeat ? null : new PaymentCause("escrow.release", Id.Value, Amount, $"{Percent}\n{HeldMicroUnits}\n{Reason}");
}

/// <summary>
/// An operator moves what is held by hand, where nobody else can: releases a part or all of it, or gives all of it back. Much
/// money needs a second operator first. A dispute is decided instead.
/// </summary>
/// <param name="Id">The contract.</param>
/// <param name="Refund">True to give all that is held back; else it is released.</param>
/// <param name="Amount">How much to release; null with <paramref name="Percent"/>, or for all.</param>
/// <param name="Reason">Why, told to both sides, 1–500 characters.</param>
/// <param name="Percent">1–100 of what is held to release; null with <paramref name="Amount"/>, or for all.</param>
[RequiresOperator]
public sealed record MoveEscrow(ContractId Id, bool Refund, Money? Amount = null, string? Reason = null, int? Percent = null) : ICommand<EscrowReleased>, IAcrossTenants, IPays
{
    /// <summary>True for an intended repeat of the very same movement.</summary>
    public bool Repeat { get; init; }

    /// <inheritdoc />
    public PaymentCause? Cause => Repeat ? null : new PaymentCause("escrow.move", Id.Value, Amount, $"{Refund}\n{Percent}\n{Reason}");
}

/// <summary>What became of it.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="State">Its state.</param>
/// <param name="Moved">How much was released or given back; zero for a proposal.</param>
/// <param name="Held">What is held now.</param>
/// <param name="Proposal">What another operator has to confirm first; null where it is done.</param>
public sealed record EscrowReleased(ContractId ContractId, ContractState State, Money Moved, Money Held, ProposalView? Proposal);

internal sealed class ReleaseEscrowValidator : AbstractValidator<ReleaseEscrow>
{
    public ReleaseEscrowValidator() => RuleFor(r => r.Reason).MaximumLength(500);
}

internal sealed class MoveEscrowValidator : AbstractValidator<MoveEscrow>
{
    public MoveEscrowValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(500);
}

internal sealed class ReleaseEscrowHandlers(IMeshDb db, IDueContracts due, EscrowDesk desk, ISecondOperator second, ICurrentActor current)
    : IRequestHandler<ReleaseEscrow, Result<EscrowReleased>>, IRequestHandler<MoveEscrow, Result<EscrowReleased>>
{
    public async Task<Result<EscrowReleased>> Handle(ReleaseEscrow request, CancellationToken cancellationToken)
    {
        var (id, tenant) = (request.Id, current.Actor.RequiredTenant);
        await due.LockOneAsync(id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return EscrowErrors.NotFound;
        if (PartOf(contract, request.Amount, request.Percent) is not { } part)
            return EscrowErrors.AmountOrPercent;
        if (request.HeldMicroUnits is { } seen && seen != contract.Held.MicroUnits)
            return EscrowErrors.HeldChanged(contract.Held);
        return await desk.ReleaseAsync(contract, part, request.Reason, SettlementCause.EarlyRelease, cancellationToken);
    }

    public async Task<Result<EscrowReleased>> Handle(MoveEscrow request, CancellationToken cancellationToken)
    {
        var id = request.Id;
        await due.LockOneAsync(id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract)
            return EscrowErrors.NotFound;
        if (PartOf(contract, request.Amount, request.Percent) is not { } part || (request.Refund && (request.Amount is not null || request.Percent is not null)))
            return EscrowErrors.AmountOrPercent;
        var (all, reason) = (request is { Amount: null, Percent: null }, request.Reason!.Trim());
        if (ContractTransitions.Next(contract.State, request.Refund ? ContractAct.Refund : ContractAct.PayOut).Error is { } illegal)
            return illegal;
        if (contract.State == ContractState.Disputed)
            return MeshErrors.IllegalTransition(contract.State, ContractAct.Refund);
        // What was moved by hand before counts too: else many small movements would do what one may not.
        if (second.IsNeededFor(part + contract.MovedByHand))
        {
            var proposed = await second.ProposeAsync(ProposedMove.Of, new ProposedMove.Act(id, contract.Rounds, request.Refund, all ? null : part, reason), "contract", id.Value, part,
                request.Refund ? $"Give {part} back to the poster of “{contract.Title}”" : $"Release {part} to the agent of “{contract.Title}”", reason, cancellationToken);
            return proposed.Succeeded ? new EscrowReleased(id, contract.State, Money.Zero(contract.Currency), contract.Held, proposed.Value) : proposed.Error;
        }
        return request.Refund ? await desk.RefundAsync(contract, reason, cancellationToken) : await desk.ReleaseAsync(contract, part, reason, SettlementCause.ByHand, cancellationToken);
    }

    // Null unless it is an amount in the contract's currency, a percentage, or neither.
    private static Money? PartOf(Contract contract, Money? amount, int? percent) => (amount, percent) switch
    {
        (null, null) => contract.Held,
        ({ } named, null) when named.Currency == contract.Currency => named,
        (null, >= 1 and <= 100) => contract.Held.Share(percent.Value, 100),
        _ => null,
    };
}

/// <summary>Moves what is held outside of settlement and dispute. The caller holds the contract's lock.</summary>
public sealed class EscrowDesk(
    IDeliveryDb deliveries, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, MilestoneDesk milestones, IUnitOfWork work, IFaultPoints faults, IOutbox outbox, IAudit audit, TimeProvider clock)
{
    /// <summary>Releases a part; when that is all that is held the contract is settled.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="part">How much.</param>
    /// <param name="reason">Why; null for none.</param>
    /// <param name="cause">Noted when it settles.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<EscrowReleased>> ReleaseAsync(Contract contract, Money part, string? reason, SettlementCause cause, CancellationToken cancellationToken)
    {
        var (now, before) = (clock.GetUtcNow(), contract.State);
        if (contract.HasMilestones)
            return MilestoneErrors.HasMilestones;
        if (ContractTransitions.Next(contract.State, ContractAct.PayOut).Error is { } illegal)
            return illegal;
        if (!part.IsPositive || part > contract.Held)
            return EscrowErrors.AmountOutOfRange(contract.Held);
        var all = part == contract.Held;
        var whose = EscrowTransfers.Work(contract);
        var terms = await policy.OfAsync([whose], cancellationToken);
        var split = SettlementSplit.Of(part, contract.HeldCredits < part ? contract.HeldCredits : part, 100, terms[0]);
        var transfer = all ? EscrowTransfers.Split(contract, split, clock) : EscrowTransfers.Part(contract, split, clock);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("release.after_ledger");
        shares.Record("contract", contract.Id.Value, whose, split, transfer.Value.Id.Value);
        if (all)
        {
            var settlement = Settlement.Record(contract, cause, split, transfer.Value.Id.Value, now);
            if (contract.PayOut(now, reason).Error is { } refusal)
                return refusal;
            deliveries.Settlements.Add(settlement);
            await trust.RecordOutcomesAsync([Outcomes.Delivered(contract, split.Agent, now)], cancellationToken);
            foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
                outbox.Add(told);
            work.AfterCommit(() => DeliveryTelemetry.Settled.Add(1, new KeyValuePair<string, object?>("cause", "release")));
        }
        else
        {
            if (contract.ReleaseEarly(split.AgentSide, split.Platform, byHand: cause == SettlementCause.ByHand).Error is { } refusal)
                return refusal;
            outbox.Add(DeliveryAnnouncements.Updated(contract));
            outbox.Add(DeliveryAnnouncements.Wallet(contract.WinnerTenantId!.Value, contract.Currency));
            outbox.Add(DeliveryAnnouncements.Wallet(contract.TenantId, contract.Currency));
        }
        Record(contract, "escrow.release", before, part, reason);
        faults.Reach("release.before_commit");
        return new EscrowReleased(contract.Id, contract.State, part, all ? Money.Zero(contract.Currency) : contract.Held, null);
    }

    /// <summary>Gives all that is held back.</summary>
    public async Task<Result<EscrowReleased>> RefundAsync(Contract contract, string reason, CancellationToken cancellationToken)
    {
        var (now, before, held) = (clock.GetUtcNow(), contract.State, contract.Held);
        var everything = EscrowTransfers.Everything(contract);
        var back = EscrowTransfers.Split(contract, everything, clock);
        if (!back.Succeeded)
            return back.Error;
        var posted = await ledger.PostWithinAsync([back.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("release.after_ledger");
        var settlement = Settlement.Record(contract, SettlementCause.ByHand, everything, back.Value.Id.Value, now);
        if (contract.Refund(now, reason).Error is { } refusal)
            return refusal;
        await milestones.DropAsync(contract, cancellationToken);
        deliveries.Settlements.Add(settlement);
        Record(contract, "escrow.refund", before, held, reason);
        foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
            outbox.Add(told);
        return new EscrowReleased(contract.Id, contract.State, held, Money.Zero(contract.Currency), null);
    }

    private void Record(Contract contract, string action, ContractState before, Money moved, string? reason)
    {
        foreach (var tenant in new[] { contract.TenantId, contract.WinnerTenantId!.Value }.Distinct())
            audit.Record(action, "contract", contract.Id.Value, new { State = before }, new { contract.State, Moved = moved, Reason = reason }, tenant);
    }
}

/// <summary>A movement by hand that another operator confirmed.</summary>
public sealed class ProposedMove(IMeshDb db, IDueContracts due, EscrowDesk desk) : IProposedAct
{
    internal const string Of = "escrow.move";

    /// <summary>What was proposed.</summary>
    internal sealed record Act(ContractId Contract, int Round, bool Refund, Money? Amount, string Reason);

    /// <inheritdoc />
    public string Kind => Of;

    /// <inheritdoc />
    public async Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken)
    {
        var what = act.Deserialize<Act>(HermesJson.Options)!;
        await due.LockOneAsync(what.Contract, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == what.Contract, cancellationToken) is not { } contract)
            return EscrowErrors.NotFound;
        // It was passed on since: another agent and another price than the operators were shown.
        if (contract.Rounds != what.Round)
            return EscrowErrors.HeldChanged(contract.Held);
        if (ContractTransitions.Next(contract.State, what.Refund ? ContractAct.Refund : ContractAct.PayOut).Error is { } illegal)
            return illegal;
        if (contract.State == ContractState.Disputed)
            return MeshErrors.IllegalTransition(contract.State, ContractAct.Refund);
        var moved = what.Refund
            ? await desk.RefundAsync(contract, what.Reason, cancellationToken)
            : await desk.ReleaseAsync(contract, what.Amount ?? contract.Held, what.Reason, SettlementCause.ByHand, cancellationToken);
        return moved.Succeeded ? Done.Ok : moved.Error;
    }
}
