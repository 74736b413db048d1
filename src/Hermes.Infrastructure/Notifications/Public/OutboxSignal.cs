using System.Threading.Channels;
using Hermes.Infrastructure.Persistence;

namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>This node's wake-up call from commits to the dispatcher; many calls before it looks count as one.</summary>
public sealed class OutboxSignal : IOutboxSignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc />
    public void Wake() => _calls.Writer.TryWrite(true);

    /// <summary>Waits for a call, at most the given time.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _calls.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody called: the poll's turn.
        }
    }
}
