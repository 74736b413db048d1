using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Pays an open invoice at the test provider with the card on file; answers where the payer goes then.</summary>
/// <param name="Invoice">The invoice.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record PayTestInvoice(string Invoice) : ICommand<string>, IOwnTransaction;

internal sealed class PayTestInvoiceHandler(ITestCheckouts pages) : IRequestHandler<PayTestInvoice, Result<string>>
{
    public async Task<Result<string>> Handle(PayTestInvoice request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.PayInvoiceAsync(request.Invoice, cancellationToken) : BillingErrors.PurchaseNotFound;
}
