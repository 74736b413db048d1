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

internal sealed class FetchMissedEventsHandler(IPaymentProvider provider, IWebhookStore store, TimeProvider clock) : IRequestHandler<FetchMissedEvents, Result<int>>
{
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    // Stripe lists events for thirty days.
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(29);

    public async Task<Result<int>> Handle(FetchMissedEvents request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return 0;
        var now = clock.GetUtcNow();
        var since = (await store.LookedAsync(provider.Name, cancellationToken) ?? now.AddDays(-1)) - Overlap;
        var listed = await provider.ListEventsAsync(since < now - Furthest ? now - Furthest : since, cancellationToken);
        if (!listed.Succeeded)
            return listed.Error;
        var missed = 0;
        foreach (var happened in listed.Value)
            if (await store.StoreAsync(provider.Name, happened, fetched: true, cancellationToken))
                missed++;
        await store.LookedAsync(provider.Name, now, cancellationToken);
        return missed;
    }
}
