using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>
/// The entries that a contract made on the tenant's accounts: its poster sees hold, escrow and what came back, the winner's
/// owner its earnings; empty for everybody else.
/// </summary>
/// <param name="Contract">The contract.</param>
[Requires(Permissions.BillingView)]
public sealed record ListContractEntries(ContractId Contract) : IQuery<IReadOnlyList<EntryView>>;

internal sealed class ListContractEntriesHandler(ILedgerEntries entries, ICurrentActor current)
    : IRequestHandler<ListContractEntries, Result<IReadOnlyList<EntryView>>>
{
    public async Task<Result<IReadOnlyList<EntryView>>> Handle(ListContractEntries request, CancellationToken cancellationToken) =>
        (await entries.OfContractAsync(request.Contract, current.Actor.RequiredTenant, cancellationToken)).ToList();
}
