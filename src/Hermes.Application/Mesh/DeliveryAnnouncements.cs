using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>The escrow was split, as poster and winner hear of it.</summary>
public sealed record EscrowSettled(
    ContractId ContractId, AgentId AgentId, ContractState State, SettlementCause Cause, Money Price, Money Agent, Money Platform, Money Refunded, decimal? Score);

/// <summary>A wallet changed; its pages read it anew.</summary>
public sealed record WalletChanged(string Currency);

/// <summary>The mesh's events from the award on, with their audiences.</summary>
internal static class DeliveryAnnouncements
{
    /// <summary>Tells poster and winner that the contract changed.</summary>
    public static LiveEvent Updated(Contract contract) => new(MeshEvents.Updated, "contract", contract.Id.Value, contract.TenantId,
        new ContractUpdated(contract.Id, contract.State, contract.Reason), Concerned(contract));

    /// <summary>Tells poster and winner where the money went, and that their wallets changed.</summary>
    public static IEnumerable<LiveEvent> Settled(Contract contract, Settlement settlement)
    {
        yield return Updated(contract);
        yield return new(MeshEvents.Settlement, "contract", contract.Id.Value, contract.TenantId,
            new EscrowSettled(contract.Id, settlement.AgentId, contract.State, settlement.Cause, settlement.Price, settlement.Agent, settlement.Platform, settlement.Refunded, settlement.Score),
            Concerned(contract));
        if (settlement.Agent.IsPositive)
            yield return Wallet(settlement.WinnerTenantId, contract.Currency);
        yield return Wallet(contract.TenantId, contract.Currency);
    }

    /// <summary>Tells a tenant's people that their wallet changed.</summary>
    public static LiveEvent Wallet(TenantId tenant, Currency currency) =>
        new("wallet.changed", "wallet", tenant.Value, tenant, new WalletChanged(currency.Code), Audience.Of(tenant));

    private static Audience Concerned(Contract contract) =>
        new([contract.TenantId, contract.WinnerTenantId!.Value], [contract.WinnerAgentId!.Value]);
}
