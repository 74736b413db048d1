using System.Collections.Concurrent;
using Hermes.Domain.Shared;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Keeps what goes wrong with one contract to that contract: one whose work fails or is refused is left alone by this node, two
/// seconds at first and a minute in the end, and does not take the place of others meanwhile.
/// </summary>
internal sealed class Quarantine(TimeProvider clock, ILogger<Quarantine> logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Work, ContractId Contract), Trouble> _troubles = new();

    /// <summary>The contracts that are left alone now.</summary>
    /// <param name="work">Which work: a contract may rest from one and not from another.</param>
    public IReadOnlyCollection<ContractId> Resting(string work)
    {
        var now = clock.GetUtcNow();
        // Those that were not due again since are done.
        foreach (var (key, _) in _troubles.Where(t => t.Value.Until < now - Longest))
            _troubles.TryRemove(key, out _);
        return [.. _troubles.Where(t => t.Key.Work == work && t.Value.Until > now).Select(t => t.Key.Contract)];
    }

    /// <summary>Handles one contract; what it throws or is refused with ends here.</summary>
    public async Task HandleAsync(string work, ContractId contract, Func<Task<Error?>> handle, CancellationToken cancellationToken)
    {
        try
        {
            if (await handle() is { } refusal)
                Rest(work, contract, $"was refused with {refusal.Code}: {refusal.Message}", null);
            else
                _troubles.TryRemove((work, contract), out _);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Rest(work, contract, "failed", failure);
        }
    }

    private void Rest(string work, ContractId contract, string what, Exception? failure)
    {
        var times = _troubles.TryGetValue((work, contract), out var before) ? before.Times + 1 : 1;
        var pause = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, times)));
        _troubles[(work, contract)] = new Trouble(times, clock.GetUtcNow() + pause);
        // Once is the everyday race with another node, or with a side in the last moment.
        logger.Log(failure is null && times == 1 ? LogLevel.Information : LogLevel.Error, failure, "{Work} of contract {Contract} {What}; it is left alone for {Seconds} s", work, contract, what, pause.TotalSeconds);
    }

    private sealed record Trouble(int Times, DateTimeOffset Until);
}
