using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// Shows how weights rank bids: those of the tenant's contract named, else of its latest one that was awarded among at
/// least two bids, else of a made-up set.
/// </summary>
/// <param name="Weights">Percents; null with a preset.</param>
/// <param name="Preset">A preset's name instead of weights.</param>
/// <param name="ContractId">One of the tenant's own contracts that has been awarded; null for the latest.</param>
[Requires(Permissions.ContractsRead)]
public sealed record PreviewPreferences(WeightsInput? Weights, string? Preset = null, ContractId? ContractId = null) : IQuery<PreferencesPreview>;

/// <summary>A ranking under other weights.</summary>
/// <param name="ContractId">The contract whose bids were ranked; null for the made-up set.</param>
/// <param name="Title">Its title, or what the made-up set is called.</param>
/// <param name="Weights">The weights that ranked.</param>
/// <param name="Preset">Their preset's name; null for own ones.</param>
/// <param name="Rows">Best first.</param>
public sealed record PreferencesPreview(ContractId? ContractId, string Title, WeightsInput Weights, string? Preset, IReadOnlyList<PreviewRow> Rows);

/// <summary>One ranked bid.</summary>
/// <param name="Rank">Place under the weights.</param>
/// <param name="RankWhenEqual">Place with 25 percent each.</param>
/// <param name="Name">The agent.</param>
/// <param name="Price">What it asked.</param>
/// <param name="EtaSeconds">What it promised.</param>
/// <param name="Score">Components and total under the weights.</param>
public sealed record PreviewRow(int Rank, int RankWhenEqual, string Name, Money Price, int EtaSeconds, BidScore Score);

internal sealed class PreviewPreferencesHandler(IMeshDb db, IAgents agents, ICurrentActor current)
    : IRequestHandler<PreviewPreferences, Result<PreferencesPreview>>
{
    private static readonly (string Name, decimal Price, int Eta, decimal Confidence, decimal Trust)[] MadeUp =
    [
        ("Careful and dear", 4.80m, 1_800, 0.98m, 0.94m), ("Quick", 4.00m, 30, 0.85m, 0.70m), ("Cheap", 1.50m, 2_700, 0.75m, 0.60m), ("Middling", 3.00m, 900, 0.85m, 0.80m),
    ];

    public async Task<Result<PreferencesPreview>> Handle(PreviewPreferences request, CancellationToken cancellationToken)
    {
        var weights = new SetPreferences(request.Weights, request.Preset).ToWeights();
        if (!weights.Succeeded)
            return weights.Error;
        var tenant = current.Actor.RequiredTenant;
        var contract = await db.Contracts.AsNoTracking()
            .Where(c => c.TenantId == tenant && c.AwardedAt != null && (request.ContractId == null
                ? db.Bids.Count(b => b.ContractId == c.Id && b.Rank != null) >= 2 : c.Id == request.ContractId))
            .OrderByDescending(c => c.AwardedAt).FirstOrDefaultAsync(cancellationToken);
        if (contract is null && request.ContractId is not null)
            return MeshErrors.ContractNotFound;
        if (contract is null)
            return Preview(null, "A made-up set of bids", Money.Usd(5m), 3_600, weights.Value,
                MadeUp.ToDictionary(b => new Candidate(new BidId(Guid.CreateVersion7()), Money.Usd(b.Price), b.Eta, b.Confidence, b.Trust, default), b => b.Name));
        var bids = await db.Bids.AsNoTracking().Where(b => b.ContractId == contract.Id && b.Rank != null).ToListAsync(cancellationToken);
        var ids = bids.Select(b => b.AgentId).Distinct().ToList();
        var names = await agents.FindAsync(ids, cancellationToken);
        return Preview(contract.Id, contract.Title, contract.Reward, contract.DeliveryWindowSeconds, weights.Value,
            bids.ToDictionary(b => b.ToCandidate(b.ReputationScore!.Value), b => names.TryGetValue(b.AgentId, out var agent) ? agent.Name : ""));
    }

    private static PreferencesPreview Preview(ContractId? id, string title, Money reward, int? window, BidWeights weights, Dictionary<Candidate, string> names)
    {
        var equal = Ranking.Of(names.Keys, reward, window, BidWeights.Equal)!.Bids.ToDictionary(b => b.Candidate.Bid, b => b.Rank);
        var rows = Ranking.Of(names.Keys, reward, window, weights)!.Bids
            .Select(b => new PreviewRow(b.Rank, equal[b.Candidate.Bid], names[b.Candidate], b.Candidate.Price, b.Candidate.EtaSeconds, b.Score)).ToList();
        return new PreferencesPreview(id, title, WeightsInput.Of(weights), PreferencePreset.Of(weights)?.Name, rows);
    }
}
