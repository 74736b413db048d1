using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>
/// Asks the provider for its events since the last look and stores those that never came: a webhook that was lost, or an
/// installation that was away, is made up for within minutes.
/// </summary>
[RequiresSystem]
public sealed record FetchMissedEvents : ICommand<int>, IOwnTransaction;

internal sealed class FetchMissedEventsHandler(IPaymentProvider provider, IWebhookStore store, ProviderLooks looks) : IRequestHandler<FetchMissedEvents, Result<int>>
{
    // Stripe lists events for thirty days.
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(29);

    public async Task<Result<int>> Handle(FetchMissedEvents request, CancellationToken cancellationToken) => provider.IsThere
        ? await looks.ReadAsync($"{provider.Name} events", Furthest, (since, until) => provider.ListEventsAsync(since, until, cancellationToken), async happened =>
            await store.StoreAsync(provider.Name, happened, fetched: true, cancellationToken), cancellationToken)
        : 0;
}
