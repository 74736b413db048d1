using System.Collections.Concurrent;
using System.Text.Json;

namespace Hermes.AgentKit;

/// <summary>One thing that an agent can do, what it asks for it, and the work itself.</summary>
public interface ICraft
{
    /// <summary>The capability it bids on, for instance <c>text.summarize</c>.</summary>
    string Capability { get; }

    /// <summary>An offer for the contract; null to leave it to others.</summary>
    Offer? Quote(ContractOffer contract);

    /// <summary>Does the work; the result is delivered as JSON. Throws when the input can't be worked on.</summary>
    Task<object> WorkAsync(ContractOffer contract, CancellationToken cancellationToken);

    /// <summary>Answers a call: a text, or a JSON value where the caller sent one. Throws when it can't be worked on.</summary>
    Task<object> AnswerAsync(string text, JsonElement? data, CancellationToken cancellationToken);
}

/// <summary>
/// The loop of an agent: hear of a contract, quote, bid; when it is won, work and deliver; when it is called, answer. A copy
/// of the contract is always read from the server, so an event's payload is only a hint. Calls are the first craft's.
/// </summary>
/// <param name="id">Its id.</param>
/// <param name="crafts">What it can do; a contract goes to the first that its capability names.</param>
/// <param name="api">The calls.</param>
/// <param name="socket">The events.</param>
/// <param name="log">Where it tells what it does; never given a key.</param>
/// <param name="capacity">Pieces of work at the same time.</param>
public sealed class WorkingAgent(Guid id, IReadOnlyList<ICraft> crafts, HermesApi api, MeshSocket socket, Action<string> log, int capacity = 4) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, byte> _working = new();
    private readonly SemaphoreSlim _free = new(capacity);

    /// <summary>Contracts delivered since the start.</summary>
    public int Delivered => _delivered;

    private int _delivered;

    public void Dispose() => _free.Dispose();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new ConcurrentDictionary<Task, byte>();
        Start(() => FinishWonAsync(cancellationToken));
        await foreach (var happened in socket.ReadAsync(cancellationToken))
        {
            if (happened.Type == "call.requested")
                Start(() => AnswerAsync(happened.Data, cancellationToken));
            if (happened.ContractId is not { } contract)
                continue;
            if (happened.Type == "contract.announced")
                Start(() => BidAsync(contract, cancellationToken));
            else if (happened.Type == "bid.accepted")
                Start(() => WorkAsync(contract, cancellationToken));
        }
        await Task.WhenAll(running.Keys);

        void Start(Func<Task> work)
        {
            var task = Task.Run(work, CancellationToken.None);
            running.TryAdd(task, 0);
            task.ContinueWith(t => running.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private ICraft? CraftFor(ContractOffer contract) =>
        contract.RequiredCapabilities is [var capability] ? crafts.FirstOrDefault(c => c.Capability == capability) : null;

    private Task BidAsync(Guid contractId, CancellationToken cancellationToken) => GuardAsync("bid on", contractId, async () =>
    {
        var contract = await api.GetContractAsync(contractId, cancellationToken);
        if (contract.State != "bidding" || CraftFor(contract)?.Quote(contract) is not { } offer)
            return;
        await api.BidAsync(contractId, offer, cancellationToken);
        log($"bids {offer.Price.Currency} {offer.Price.Amount}, {offer.EtaSeconds} s on {contractId}");
    });

    private Task WorkAsync(Guid contractId, CancellationToken cancellationToken) => GuardAsync("deliver", contractId, async () =>
    {
        // A won bid may be told twice (a resumed socket, the list at the start); the work is done once.
        if (!_working.TryAdd(contractId, 0))
            return;
        await _free.WaitAsync(cancellationToken);
        try
        {
            var contract = await api.GetContractAsync(contractId, cancellationToken);
            var craft = CraftFor(contract) ?? throw new InvalidOperationException("This is not what the agent does.");
            await api.DeliverAsync(contractId, await craft.WorkAsync(contract, cancellationToken), cancellationToken);
            Interlocked.Increment(ref _delivered);
            log($"delivered {contractId}");
        }
        catch
        {
            _working.TryRemove(contractId, out _);
            throw;
        }
        finally
        {
            _free.Release();
        }
    });

    private Task AnswerAsync(JsonElement call, CancellationToken cancellationToken)
    {
        var id = call.GetProperty("call_id").GetGuid();
        return GuardAsync("answer", id, async () =>
        {
            // A resumed socket may tell of a call again.
            if (!_working.TryAdd(id, 0))
                return;
            var parts = call.GetProperty("message").GetProperty("parts").EnumerateArray().ToList();
            var text = string.Join('\n', parts.Where(p => p.TryGetProperty("text", out _)).Select(p => p.GetProperty("text").GetString()));
            var data = parts.Where(p => p.TryGetProperty("data", out _)).Select(p => (JsonElement?)p.GetProperty("data")).FirstOrDefault();
            try
            {
                await socket.SendAsync(new { Type = "call.complete", CallId = id, Result = await crafts[0].AnswerAsync(text, data, cancellationToken) }, cancellationToken);
                log($"answered {id}");
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                await socket.SendAsync(new { Type = "call.fail", CallId = id, failure.Message }, cancellationToken);
                throw;
            }
        });
    }

    private Task FinishWonAsync(CancellationToken cancellationToken) => GuardAsync("look for unfinished work", null, async () =>
    {
        foreach (var contract in await api.ListWonAsync(id, cancellationToken))
            await WorkAsync(contract, cancellationToken);
    });

    private async Task GuardAsync(string act, Guid? contract, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception failure)
        {
            // One contract that can't be worked on must not stop the agent.
            log($"could not {act} {contract}: {failure.Message}");
        }
    }
}
