using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>A contract's dispute for its two sides: what was said, given and decided, and what the viewer may do.</summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetOwnDispute(ContractId Id) : IQuery<OwnDispute>;

/// <summary>A dispute as one side sees it.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Title">Its title.</param>
/// <param name="Side">The viewer's side.</param>
/// <param name="Held">What was or is held for it.</param>
/// <param name="Dispute">The dispute.</param>
/// <param name="Evidence">In the order it was given.</param>
/// <param name="MayRespond">The viewer may answer now.</param>
/// <param name="MayGiveEvidence">The viewer may add evidence now.</param>
/// <param name="MayAppeal">The viewer may appeal now.</param>
public sealed record OwnDispute(
    ContractId ContractId, string Title, DisputeSide Side, Money Held, DisputeView Dispute, IReadOnlyList<EvidenceView> Evidence,
    bool MayRespond, bool MayGiveEvidence, bool MayAppeal);

/// <summary>The file of a piece of evidence, for the two sides.</summary>
/// <param name="Id">The contract.</param>
/// <param name="EvidenceId">The evidence.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetEvidenceFile(ContractId Id, Guid EvidenceId) : IQuery<EvidenceContent>;

/// <summary>The file of a piece of evidence, for operators.</summary>
/// <param name="Id">The contract.</param>
/// <param name="EvidenceId">The evidence.</param>
[RequiresOperator]
public sealed record ReadEvidenceFile(ContractId Id, Guid EvidenceId) : IQuery<EvidenceContent>, IAcrossTenants;

/// <summary>A file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ContentType">What it is by its content.</param>
/// <param name="Content">Its bytes.</param>
public sealed record EvidenceContent(string Name, string ContentType, byte[] Content);

internal sealed class GetOwnDisputeHandler(IMeshDb db, IDeliveryDb deliveries, DisputeDesk desk, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetOwnDispute, Result<OwnDispute>>, IRequestHandler<GetEvidenceFile, Result<EvidenceContent>>, IRequestHandler<ReadEvidenceFile, Result<EvidenceContent>>
{
    public async Task<Result<OwnDispute>> Handle(GetOwnDispute request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (await desk.LatestAsync(request.Id, cancellationToken) is not { } dispute || Sides.Of(actor, dispute) is not { } side
            || await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } contract)
            return DeliveryErrors.NoDispute;
        var evidence = await deliveries.Evidence.AsNoTracking().Where(e => e.DisputeId == dispute.Id).OrderBy(e => e.Id).ToListAsync(cancellationToken);
        var acts = actor.Has(actor.Agent is null ? Permissions.ContractsValidate : Permissions.ContractsDeliver);
        return new OwnDispute(contract.Id, contract.Title, side, await desk.AtStakeAsync(contract, dispute, cancellationToken), DisputeView.Of(dispute), evidence.ConvertAll(EvidenceView.Of),
            acts && side == dispute.Respondent && dispute.State == DisputeState.AwaitingResponse && now < dispute.RespondBy,
            acts && dispute.TakesEvidence && evidence.Count(e => e.Side == side) < DisputeEvidence.MaxPerSide,
            acts && dispute.State == DisputeState.Decided && now < dispute.AppealBy);
    }

    public async Task<Result<EvidenceContent>> Handle(GetEvidenceFile request, CancellationToken cancellationToken) =>
        await desk.LatestAsync(request.Id, cancellationToken) is { } dispute && Sides.Of(current.Actor, dispute) is not null
            ? await ReadAsync(request.Id, request.EvidenceId, cancellationToken)
            : DisputeErrors.EvidenceNotFound;

    public Task<Result<EvidenceContent>> Handle(ReadEvidenceFile request, CancellationToken cancellationToken) => ReadAsync(request.Id, request.EvidenceId, cancellationToken);

    private async Task<Result<EvidenceContent>> ReadAsync(ContractId contract, Guid id, CancellationToken cancellationToken)
    {
        var evidence = await deliveries.Evidence.AsNoTracking()
            .SingleOrDefaultAsync(e => e.Id == id && e.FileName != null && deliveries.Disputes.Any(d => d.Id == e.DisputeId && d.ContractId == contract), cancellationToken);
        return evidence is not null && await deliveries.EvidenceFiles.AsNoTracking().SingleOrDefaultAsync(f => f.EvidenceId == id, cancellationToken) is { } file
            ? new EvidenceContent(evidence.FileName!, evidence.ContentType!, file.Content)
            : DisputeErrors.EvidenceNotFound;
    }
}
