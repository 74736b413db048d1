using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>What is and was held for contracts, as the books say.</summary>
public interface IEscrows
{
    /// <summary>What was ever held for a contract of the tenant; null when nothing was.</summary>
    Task<EscrowMoney?> OfAsync(ContractId contract, TenantId poster, CancellationToken cancellationToken);
}

/// <summary>An escrow's money.</summary>
/// <param name="Held">What is in it now.</param>
/// <param name="Funded">What was ever put into it.</param>
/// <param name="Released">What was paid from it to others: the agent's side, the platform.</param>
/// <param name="Refunded">What went back to the poster.</param>
/// <param name="Entries">The poster's entries, oldest first: on the escrow and on its wallet.</param>
public sealed record EscrowMoney(Money Held, Money Funded, Money Released, Money Refunded, IReadOnlyList<EntryView> Entries);
