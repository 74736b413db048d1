using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's balances in every currency it ever held.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetWallet : IQuery<WalletView>;

/// <summary>A wallet.</summary>
/// <param name="TenantId">Whose.</param>
/// <param name="Balances">One per currency, by code; the installation's own currency is always there.</param>
public sealed record WalletView(TenantId TenantId, IReadOnlyList<BalanceView> Balances);

/// <summary>What a tenant has in one currency.</summary>
/// <param name="Available">What it may spend.</param>
/// <param name="Promotional">Credits, spent first and never paid out.</param>
/// <param name="Earnings">What its agents earned.</param>
/// <param name="Held">The sum of what is held for its open contracts.</param>
/// <param name="OpenEscrows">For how many contracts.</param>
public sealed record BalanceView(Money Available, Money Promotional, Money Earnings, Money Held, int OpenEscrows);

internal sealed class GetWalletHandler(ILedgerDb db, ICurrentActor current) : IRequestHandler<GetWallet, Result<WalletView>>
{
    public async Task<Result<WalletView>> Handle(GetWallet request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        // Wallet accounts by their owner; of the escrows only those that hold something, which have an index of their own.
        var wallet = await db.LedgerAccounts.AsNoTracking()
            .Where(a => a.OwnerId == tenant.Value && a.TenantId == tenant)
            .Select(a => new { a.Kind, a.Currency, a.Balance }).ToListAsync(cancellationToken);
        var held = await db.LedgerAccounts.AsNoTracking()
            .Where(a => a.TenantId == tenant && a.Kind == AccountKind.Escrow && !a.IsEmpty)
            .GroupBy(a => a.Currency)
            .Select(g => new { Currency = g.Key, Sum = g.Sum(a => a.Balance), Count = g.Count() }).ToListAsync(cancellationToken);

        var balances = wallet.Select(a => a.Currency).Concat(held.Select(h => h.Currency)).Append(Currency.Usd).Distinct()
            .OrderBy(currency => currency.Code, StringComparer.Ordinal)
            .Select(currency =>
            {
                Money Of(AccountKind kind) => new(wallet.Where(a => a.Kind == kind && a.Currency == currency).Sum(a => a.Balance), currency);
                var escrow = held.SingleOrDefault(h => h.Currency == currency);
                return new BalanceView(Of(AccountKind.Available), Of(AccountKind.Promotional), Of(AccountKind.Earnings),
                    new Money(escrow?.Sum ?? 0, currency), escrow?.Count ?? 0);
            });
        return new WalletView(tenant, [.. balances]);
    }
}
