using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Keeps what moved on the installation's balance at the provider since the last look, each with what it was for, so that the
/// reconciliation can compare it with the ledger without asking anybody.
/// </summary>
[RequiresSystem]
public sealed record FetchMovements : ICommand<int>, IOwnTransaction;

internal sealed class FetchMovementsHandler(IBillingDb db, IPaymentProvider provider, IBalanceBook book, ProviderLooks looks) : IRequestHandler<FetchMovements, Result<int>>
{
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(30);

    public async Task<Result<int>> Handle(FetchMovements request, CancellationToken cancellationToken) => provider.IsThere
        ? await looks.ReadAsync(IBalanceBook.LookOf(provider.Name), Furthest, (since, until) => provider.ListBalanceAsync(since, until, cancellationToken),
            movement => KeepAsync(movement, cancellationToken), cancellationToken)
        : 0;

    private async Task<Result<bool>> KeepAsync(BalanceMovement movement, CancellationToken cancellationToken)
    {
        if (await book.KnowsAsync(provider.Name, movement.Id, cancellationToken))
            return false;
        var subject = await SubjectAsync(movement, cancellationToken);
        return subject.Succeeded ? await book.KeepAsync(provider.Name, movement, subject.Value.Type, subject.Value.Id, cancellationToken) : subject.Error;
    }

    /// <summary>The subject of the ledger's transfers for it. What Hermes has nothing for gets one of its own, and so becomes a case.</summary>
    private async Task<Result<(string Type, Guid Id)>> SubjectAsync(BalanceMovement movement, CancellationToken cancellationToken)
    {
        if (movement.TransferId is { } transfer)
            return Guid.TryParse(movement.Reference, out var named) ? ("payout", named)
                : await db.Payouts.Where(p => p.Provider == provider.Name && p.TransferId == transfer).Select(p => (PayoutId?)p.Id).FirstOrDefaultAsync(cancellationToken) is { } payout ? ("payout", payout.Value)
                : Unknown(movement);
        if (Guid.TryParse(movement.Reference, out var purchase))
            return ("purchase", purchase);
        if (movement.PaymentId is not { } payment)
            return Unknown(movement);
        if (await db.Purchases.Where(p => p.Provider == provider.Name && p.PaymentId == payment).Select(p => (PurchaseId?)p.Id).FirstOrDefaultAsync(cancellationToken) is { } known)
            return ("purchase", known.Value);
        var read = await provider.ReadPaymentAsync(payment, cancellationToken);
        if (!read.Succeeded)
            return read.Error == BillingErrors.ProviderRefused ? Unknown(movement) : read.Error;
        if (Guid.TryParse(read.Value.Reference, out purchase))
            return ("purchase", purchase);
        var found = await provider.FindInvoiceAsync(payment, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        return found.Value is { } name && await db.Invoices.Where(i => i.Provider == provider.Name && i.ProviderId == name).Select(i => (InvoiceId?)i.Id).FirstOrDefaultAsync(cancellationToken) is { } invoice
            ? ("invoice", invoice.Value)
            : Unknown(movement);
    }

    // The same for every movement of one payment, so that what came and went back is one case and adds up to nothing.
    private static (string, Guid) Unknown(BalanceMovement movement) =>
        (IBalanceBook.UnknownSubject, new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(movement.TransferId ?? movement.PaymentId ?? movement.SourceId)).AsSpan(0, 16)));
}

/// <summary>What providers moved, as far as it was fetched.</summary>
public interface IBalanceBook
{
    /// <summary>The subject type of movements that Hermes has nothing for.</summary>
    const string UnknownSubject = "provider_movement";

    /// <summary>Under which name it is remembered how far movements were fetched.</summary>
    static string LookOf(string provider) => $"{provider} balance";

    /// <summary>Whether a movement is kept already.</summary>
    Task<bool> KnowsAsync(string provider, string movement, CancellationToken cancellationToken);

    /// <summary>Keeps one; false for one that was kept before.</summary>
    Task<bool> KeepAsync(string provider, BalanceMovement movement, string subjectType, Guid subjectId, CancellationToken cancellationToken);
}
