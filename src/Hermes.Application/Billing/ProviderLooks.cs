using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>Reads what a provider lists by time. How far was read is remembered after it was kept, and never further: what is too much for one look is read in shorter ones.</summary>
public sealed class ProviderLooks(ILooks looks, TimeProvider clock)
{
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstLook = TimeSpan.FromDays(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>Reads from the last look on; how many were new.</summary>
    /// <param name="what">What is read of whom.</param>
    /// <param name="furthest">How far back at most.</param>
    /// <param name="list">Lists from one instant to before another; whole seconds.</param>
    /// <param name="keep">Keeps one, durably; false for one that was kept before.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<int>> ReadAsync<T>(
        string what, TimeSpan furthest, Func<DateTimeOffset, DateTimeOffset, Task<Result<Listed<T>>>> list, Func<T, Task<Result<bool>>> keep, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // The present second included: what is read of it is read again by the overlap.
        var end = now + Shortest;
        var from = (await looks.LastAsync(what, cancellationToken) ?? now - FirstLook) - Overlap;
        from = from < now - furthest ? now - furthest : from;
        var (length, fresh) = (end - from, 0);
        while (from < end)
        {
            var to = end - from < length ? end : from + length;
            var listed = await list(from, to);
            if (!listed.Succeeded)
                return listed.Error;
            if (!listed.Value.IsAll)
            {
                if (length <= Shortest)
                    return BillingErrors.TooMuchAtOnce;
                length = length / 2 > Shortest ? length / 2 : Shortest;
                continue;
            }
            foreach (var one in listed.Value.Items)
            {
                var kept = await keep(one);
                if (!kept.Succeeded)
                    return kept.Error;
                if (kept.Value)
                    fresh++;
            }
            await looks.RememberAsync(what, to < now ? to : now, cancellationToken);
            from = to;
        }
        return fresh;
    }
}

/// <summary>Up to when something was read from a provider.</summary>
public interface ILooks
{
    /// <summary>Null for never.</summary>
    Task<DateTimeOffset?> LastAsync(string what, CancellationToken cancellationToken);

    /// <summary>Remembers it; never goes back.</summary>
    Task RememberAsync(string what, DateTimeOffset until, CancellationToken cancellationToken);
}
