using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>The transfers that end or move a contract's escrow. Their keys follow from the contract and the round, so that none can be posted twice.</summary>
internal static class EscrowTransfers
{
    /// <summary>Splits the escrow of the present round.</summary>
    /// <param name="contract">An awarded contract.</param>
    /// <param name="split">The split of its price.</param>
    /// <param name="clock">For the transfer's id.</param>
    public static Result<Transfer> Split(Contract contract, SettlementSplit split, TimeProvider clock)
    {
        var currency = contract.Currency;
        return Transfer.Create(Id.New<TransferId>(clock), split.ReleasedPercent == 0 ? "contract.refund" : "contract.settle",
            $"escrow:{contract.Id}:{contract.Rounds}", "contract", contract.Id.Value,
        [
            new(AccountRef.Escrow(contract.Id, contract.TenantId, currency), -split.Price.MicroUnits),
            .. split.Postings(contract.TenantId, contract.WinnerTenantId!.Value),
        ]);
    }

    /// <summary>Releases a part ahead of the settlement.</summary>
    public static Result<Transfer> Part(Contract contract, SettlementSplit split, TimeProvider clock) =>
        Transfer.Create(Id.New<TransferId>(clock), "contract.release", $"release:{contract.Id}:{contract.Rounds}:{contract.EarlyReleases + 1}", "contract", contract.Id.Value,
        [
            new(AccountRef.Escrow(contract.Id, contract.TenantId, contract.Currency), -split.Price.MicroUnits),
            .. split.Postings(contract.TenantId, contract.WinnerTenantId!.Value),
        ]);

    /// <summary>Whose work an awarded contract is, for the terms of its split.</summary>
    public static SplitQuery Work(Contract contract) => new(contract.WinnerTenantId!.Value, contract.WinnerAgentId!.Value, contract.TenantId);

    /// <summary>Gives the whole escrow of the present round back.</summary>
    public static SettlementSplit Everything(Contract contract) =>
        SettlementSplit.Of(contract.Held, contract.HeldCredits, 0, 0);

    /// <summary>Holds a price for the round after the present one.</summary>
    public static Result<Transfer> Hold(Contract contract, Money price, long credits, TimeProvider clock) =>
        Transfer.Create(Id.New<TransferId>(clock), "contract.hold", $"hold:{contract.Id}:{contract.Rounds + 1}", "contract", contract.Id.Value,
        [
            new(AccountRef.Promotional(contract.TenantId, price.Currency), -credits),
            new(AccountRef.Available(contract.TenantId, price.Currency), -(price.MicroUnits - credits)),
            new(AccountRef.Escrow(contract.Id, contract.TenantId, price.Currency), price.MicroUnits),
        ]);
}
