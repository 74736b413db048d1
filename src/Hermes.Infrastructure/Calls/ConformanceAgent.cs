using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// Behaves as the protocol's conformance kits expect of a system under test: what it does is the beginning of the message's
/// id, else of its text (<c>tck-complete-task</c>, <c>tck-input-required</c>, <c>tck-stream-…</c>).
/// </summary>
internal sealed class ConformanceAgent : IBuiltInAgent
{
    private const string Prefix = "tck-";
    private static readonly TimeSpan Parked = TimeSpan.FromMinutes(2);

    public AgentId Id => BuiltInAgents.Conformance;

    public async Task AnswerAsync(CarriedCall carried, CancellationToken cancellationToken)
    {
        var act = ActOf(carried.Messages[^1].Message);
        if (carried.Messages.Count > 1 && !act.StartsWith(Prefix, StringComparison.Ordinal))
            act = ActOf(carried.Messages[0].Message) == "tck-multi-turn" && !carried.LastText.Contains("done", StringComparison.OrdinalIgnoreCase) ? "tck-input-required" : "tck-complete-task";
        var handed = new CallReport { Handed = carried.Messages[^1].Sequence };
        await carried.Report([handed]);
        if (act.StartsWith("tck-stream-002", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.Completed, "Hello from TCK")]);
        else if (act.StartsWith("tck-stream", StringComparison.Ordinal) && act.Contains("chunk", StringComparison.Ordinal))
            await ChunksAsync(carried);
        else if (act.StartsWith("tck-stream", StringComparison.Ordinal))
            await WorkAsync(carried, Part(new { text = act.Contains("ordering", StringComparison.Ordinal) ? "Ordered output" : "Streamed text content" }), TimeSpan.FromMilliseconds(100), cancellationToken);
        else if (act.StartsWith("tck-artifact-file-url", StringComparison.Ordinal))
            await ProduceAsync(carried, Part(new { url = "https://example.com/output.txt", mediaType = "text/plain", filename = "output.txt" }));
        else if (act.StartsWith("tck-artifact-file", StringComparison.Ordinal))
            await ProduceAsync(carried, Part(new { raw = Convert.ToBase64String("tck"u8), mediaType = "text/plain", filename = "output.txt" }));
        else if (act.StartsWith("tck-artifact-data", StringComparison.Ordinal))
            await ProduceAsync(carried, Part(new { data = new { key = "value", count = 42 } }));
        else if (act.StartsWith("tck-artifact", StringComparison.Ordinal))
            await ProduceAsync(carried, Part(new { text = "Generated text content" }));
        else if (act.StartsWith("tck-message-response", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.Completed, "Direct message response")]);
        else if (act.StartsWith("tck-input-required", StringComparison.Ordinal) || act.StartsWith("tck-multi-turn", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.InputRequired, "What else?")]);
        else if (act.StartsWith("tck-auth-required", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.AuthRequired, "Who are you?")]);
        else if (act.StartsWith("tck-reject", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.Rejected, "No.")]);
        else if (act.StartsWith("tck-task-failure", StringComparison.Ordinal))
            await carried.Report([Ends(CallState.Failed, "Failed as told.")]);
        else if (act.StartsWith("tck-cancel", StringComparison.Ordinal))
            await WorkAsync(carried, Part(new { text = "Nobody cancelled." }), Parked, cancellationToken);
        else if (act.StartsWith("tck-long", StringComparison.Ordinal) || act.StartsWith("test-resubscribe", StringComparison.Ordinal))
            await WorkAsync(carried, Part(new { text = "Generated text content" }), TimeSpan.FromSeconds(act.StartsWith("test", StringComparison.Ordinal) ? 4 : 1), cancellationToken);
        else
            await carried.Report([Ends(CallState.Completed, "Hello from TCK")]);
    }

    private static string ActOf(JsonElement message)
    {
        var id = message.GetProperty("messageId").GetString()!;
        var text = CallMessage.TextOf(message.GetRawText()).TrimStart();
        return id.StartsWith(Prefix, StringComparison.Ordinal) || id.StartsWith("test-resubscribe", StringComparison.Ordinal) || !text.StartsWith(Prefix, StringComparison.Ordinal) ? id : text;
    }

    private static CallReport Ends(CallState state, string word) => new() { State = state, Message = CallMessage.Text(word) };

    private static JsonElement Part(object part) => JsonSerializer.SerializeToElement(part);

    private static CallReport Artifact(JsonElement part, bool append = false, bool last = true) => new()
    {
        Artifact = JsonSerializer.SerializeToElement(new { artifactId = "output", name = "output", parts = new[] { part } }),
        Append = append,
        LastChunk = last,
    };

    private static Task ProduceAsync(CarriedCall carried, JsonElement part) => carried.Report([Artifact(part), new CallReport { State = CallState.Completed }]);

    private static async Task WorkAsync(CarriedCall carried, JsonElement part, TimeSpan time, CancellationToken cancellationToken)
    {
        await carried.Report([new CallReport { State = CallState.Working }]);
        await Task.Delay(time, cancellationToken);
        await ProduceAsync(carried, part);
    }

    private static async Task ChunksAsync(CarriedCall carried)
    {
        await carried.Report([new CallReport { State = CallState.Working }]);
        await carried.Report([Artifact(Part(new { text = "chunk-1 " }), last: false)]);
        await carried.Report([Artifact(Part(new { text = "chunk-2" }), append: true)]);
        await carried.Report([new CallReport { State = CallState.Completed }]);
    }
}
