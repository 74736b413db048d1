using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>What a contract could cost, set against the poster's wallet; nothing is held yet.</summary>
/// <param name="MaxPrice">The most that a bid may ask, above zero.</param>
/// <param name="Capabilities">What it requires, for what similar contracts cost; null leaves that out.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record PreviewCost(Money MaxPrice, IReadOnlyList<string>? Capabilities = null) : IQuery<CostPreview>;

/// <summary>A contract's cost against the wallet. All amounts are in the contract's currency.</summary>
/// <param name="HeldAtMost">What the award holds at most.</param>
/// <param name="Available">What the wallet may spend, promotional credits included.</param>
/// <param name="Promised">What contracts that are open for bids now may hold at most.</param>
/// <param name="Left">What stays if every open contract and this one are awarded at their most; below zero when not covered.</param>
/// <param name="Estimate">What similar contracts cost; null where it was not asked.</param>
public sealed record CostPreview(Money HeldAtMost, Money Available, Money Promised, Money Left, ContractEstimate? Estimate = null)
{
    /// <summary>True when the wallet covers this contract alone.</summary>
    public bool Covered => Available >= HeldAtMost;

    /// <summary>True when the wallet covers this and all open contracts.</summary>
    public bool AllCovered => Left.MicroUnits >= 0;
}

internal sealed class PreviewCostHandler(IMeshDb db, ILedger ledger, IPriceHistory history, ICurrentActor current) : IRequestHandler<PreviewCost, Result<CostPreview>>
{
    public async Task<Result<CostPreview>> Handle(PreviewCost request, CancellationToken cancellationToken)
    {
        var (tenant, currency) = (current.Actor.RequiredTenant, request.MaxPrice.Currency);
        if (!request.MaxPrice.IsPositive)
            return MeshErrors.PriceNotPositive;
        var available = await ledger.BalanceAsync(AccountRef.Available(tenant, currency), cancellationToken)
            + await ledger.BalanceAsync(AccountRef.Promotional(tenant, currency), cancellationToken);
        var promised = new Money(await db.Contracts
            .Where(c => c.TenantId == tenant && c.State == ContractState.Bidding && c.MaxPrice.Currency == currency)
            .SumAsync(c => c.MaxPrice.MicroUnits, cancellationToken), currency);
        var estimate = request.Capabilities is { Count: <= EstimateContract.MostCapabilities } required
            ? await history.OfAsync(EstimateContract.Named(required), currency, cancellationToken) : null;
        return new CostPreview(request.MaxPrice, available, promised, available - promised - request.MaxPrice, estimate);
    }
}
