using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Mesh.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// The mesh as an agent: "get this done". The message's text is what is to be done; a data part may name <c>reward</c>,
/// <c>title</c>, <c>required_capabilities</c>, <c>bidding_window_seconds</c> and <c>context</c>. Without a reward it asks
/// for one. The contract's way is streamed, the delivery is the result, paid by the contract's own rules.
/// </summary>
internal sealed class MeshAgent(IMeshWork mesh) : IBuiltInAgent
{
    private const int DefaultWindow = 30;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public AgentId Id => BuiltInAgents.Mesh;

    public async Task AnswerAsync(CarriedCall carried, CancellationToken cancellationToken)
    {
        var (call, contract) = (carried.Call, carried.Call.ContractId);
        if (contract is null)
        {
            if (carried.Pending.Count == 0)
            {
                await carried.Report([Failed(CallFailures.Interrupted, "The node that posted the contract ended; look at your contracts before you ask again.")]);
                return;
            }
            if (OrderOf(carried) is not { } order)
            {
                await carried.Report([Handed(carried) with { State = CallState.InputRequired, Message = CallMessage.Text(
                    "What is it worth to you? Send a data part such as {\"reward\":{\"amount\":\"5.00\",\"currency\":\"USD\"},\"required_capabilities\":[\"text.summarize\"]}.") }]);
                return;
            }
            await carried.Report([Handed(carried)]);
            var posted = await mesh.PostAsync(call.TenantId, order with { SpentBy = call.CallerAgentId, Mandate = call.MandateId, Project = call.Project, Chain = call.Chain() }, cancellationToken);
            if (!posted.Succeeded)
            {
                var why = posted.Error.Members is { } members ? string.Join(' ', members.Select(m => $"{m.Key}: {string.Join(' ', m.Value)}")) : posted.Error.Message;
                await carried.Report([Failed(posted.Error.Code, why)]);
                return;
            }
            contract = posted.Value;
            await carried.Report([new CallReport { ContractId = contract, State = CallState.Working, Message = CallMessage.Text($"Posted as contract {contract}; bids are taken for {order.BiddingWindowSeconds} s.") }]);
        }
        try
        {
            await FollowAsync(carried, contract.Value, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Called off or late; or this node stops or lost the call, and another follows the contract.
            if (await carried.IsEnded() && await mesh.FindAsync(call.TenantId, contract.Value, CancellationToken.None) is { IsDelivered: false, IsOver: false })
                await mesh.CancelAsync(call.TenantId, contract.Value, CancellationToken.None);
            throw;
        }
    }

    private async Task FollowAsync(CarriedCall carried, ContractId contract, CancellationToken cancellationToken)
    {
        var said = "bidding";
        while (true)
        {
            var progress = await mesh.FindAsync(carried.Call.TenantId, contract, cancellationToken);
            if (progress is null)
            {
                await carried.Report([Failed(CallFailures.Agent, "The contract is gone.")]);
                return;
            }
            if (progress.IsDelivered)
            {
                var result = progress.Result ?? JsonElement.Parse("null");
                object part = result.ValueKind == JsonValueKind.String ? new { text = result.GetString() } : new { data = result, mediaType = "application/json" };
                await carried.Report(
                [
                    new CallReport { Artifact = JsonSerializer.SerializeToElement(new { artifactId = "delivery", name = "delivery", parts = new[] { part } }), LastChunk = true },
                    new CallReport { State = CallState.Completed, Message = CallMessage.Text($"Delivered for {progress.Price}; contract {contract} is {progress.State}.") },
                ]);
                return;
            }
            if (progress.IsOver)
            {
                await carried.Report([Failed($"mesh.{progress.State}", progress.Reason ?? $"The contract is {progress.State}.")]);
                return;
            }
            if (progress.State != said)
            {
                said = progress.State;
                await carried.Report([new CallReport { State = CallState.Working, Message = CallMessage.Text(progress.Price is { } price ? $"{said}, for {price}" : said) }]);
            }
            await Task.Delay(Look, cancellationToken);
        }
    }

    private static CallReport Handed(CarriedCall carried) => new() { Handed = carried.Messages[^1].Sequence };

    private static CallReport Failed(string code, string message) => new() { State = CallState.Failed, ErrorCode = code, ErrorMessage = message };

    /// <summary>What all messages together say; null without a reward.</summary>
    private static WorkOrder? OrderOf(CarriedCall carried)
    {
        Money? reward = null;
        string? title = null;
        IReadOnlyList<string> capabilities = [];
        JsonElement? context = null;
        var window = DefaultWindow;
        foreach (var part in carried.Messages.SelectMany(m => m.Message.GetProperty("parts").EnumerateArray()))
        {
            if (!part.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
                continue;
            if (data.TryGetProperty("reward", out var worth))
                reward = MoneyOf(worth) ?? reward;
            if (data.TryGetProperty("title", out var line) && line.ValueKind == JsonValueKind.String)
                title = line.GetString();
            if (data.TryGetProperty("required_capabilities", out var needed) && needed.ValueKind == JsonValueKind.Array)
                capabilities = [.. needed.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)];
            if (data.TryGetProperty("bidding_window_seconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out var number))
                window = number;
            if (data.TryGetProperty("context", out var input) && input.ValueKind == JsonValueKind.Object)
                context = input;
        }
        var intent = string.Join('\n', carried.Messages.Select(m => CallMessage.TextOf(m.Message.GetRawText())).Where(t => t.Length > 0));
        if (reward is null || intent.Length == 0)
            return null;
        title ??= intent.Split('\n')[0];
        return new WorkOrder(title.Length > 200 ? title[..200] : title, intent.Length > 8_000 ? intent[..8_000] : intent, reward.Value, capabilities, context, window);
    }

    private static Money? MoneyOf(JsonElement element)
    {
        try
        {
            return element.Deserialize<Money>(HermesJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
