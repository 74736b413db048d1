using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>
/// Takes a provider's event: proves who signed it, stores it once, and answers at once. What follows from it is done
/// afterwards by any node.
/// </summary>
/// <param name="Provider">As in the address.</param>
/// <param name="Payload">The bytes that were signed.</param>
/// <param name="Header">A header of the request by its name; null for one that did not come. Which of them sign is the provider's own.</param>
[AllowsAnyone("The provider proves itself by its signature over the bytes and the time.")]
public sealed record ReceiveWebhook(string Provider, ReadOnlyMemory<byte> Payload, Func<string, string?> Header) : ICommand<ReceivedWebhook>, IOwnTransaction;

/// <summary>An event was taken.</summary>
/// <param name="Received">Always true.</param>
public sealed record ReceivedWebhook(bool Received);

internal sealed class ReceiveWebhookHandler(PaymentProviders providers, IWebhookStore store, IFaultPoints faults) : IRequestHandler<ReceiveWebhook, Result<ReceivedWebhook>>
{
    public async Task<Result<ReceivedWebhook>> Handle(ReceiveWebhook request, CancellationToken cancellationToken)
    {
        if (providers.Find(request.Provider) is not { } provider)
            return BillingErrors.UnknownProvider;
        var verified = provider.Verify(request.Payload.Span, request.Header);
        if (!verified.Succeeded)
            return verified.Error;
        await store.StoreAsync(provider.Name, verified.Value, fetched: false, cancellationToken);
        faults.Reach("webhook.after_store");
        return new ReceivedWebhook(true);
    }
}

/// <summary>Providers' events, stored once and given out one object at a time.</summary>
public interface IWebhookStore
{
    /// <summary>Stores an event, by itself and durably; false for one that was stored before.</summary>
    Task<bool> StoreAsync(string provider, ReceivedEvent received, bool fetched, CancellationToken cancellationToken);
}
