// A small agent that counts words. Callable over A2A 1.0, and bids on contracts that need text.count. Framework only.
//   HERMES_TOKEN=hp_… dotnet run --project samples/Hermes.FirstAgent        (HERMES=http://localhost:5000, PORT=7003, PRICE=0.11)
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
var port = Setting("PORT", "7003");
var (name, known, endpoint) = ($"Word counter {port}", $"agent-{port}.json", $"http://127.0.0.1:{port}/"); // id and key are kept from the first start on
var price = new { amount = Setting("PRICE", "0.11"), currency = "USD" };
const string description = "Counts words and sentences of a text and finds its longest word.";
var tasks = new ConcurrentDictionary<string, JsonObject>();
static JsonNode Count(string text)
{
    var words = Regex.Matches(text, @"\w+").Select(m => m.Value).ToList();
    return JsonSerializer.SerializeToNode(new { words = words.Count, sentences = Regex.Count(text, @"[^.!?]*\w[^.!?]*[.!?]?"), longest = words.MaxBy(w => w.Length) ?? "" })!;
}
static bool Working(JsonObject task) => (string?)task["status"]!["state"] == "TASK_STATE_WORKING";
static JsonObject End(JsonObject task, string state, JsonArray? artifacts = null)
{
    lock (task) if (Working(task))
        (task["status"], task["artifacts"]) = (new JsonObject { ["state"] = state }, artifacts ?? []);
    return task;
}
JsonNode Send(JsonNode parameters)
{
    var text = string.Join(' ', parameters["message"]!["parts"]!.AsArray().Select(p => (string?)p!["text"]));
    var task = new JsonObject { ["id"] = $"{Guid.NewGuid()}", ["contextId"] = (string?)parameters["message"]!["contextId"] ?? $"{Guid.NewGuid()}", ["status"] = new JsonObject { ["state"] = "TASK_STATE_WORKING" } };
    tasks[(string)task["id"]!] = task;
    void Finish() => End(task, "TASK_STATE_COMPLETED", [new JsonObject { ["artifactId"] = "count", ["parts"] = new JsonArray(new JsonObject { ["data"] = Count(text) }) }]);
    if ((bool?)parameters["configuration"]?["returnImmediately"] == true)
        _ = Task.Delay(2_000).ContinueWith(_ => Finish(), TaskScheduler.Default);
    else
        Finish();
    return new JsonObject { ["task"] = task.DeepClone() };
}
(JsonNode? Result, (int Code, string Message)? Error) Answer(string method, JsonNode parameters) => (method, tasks.GetValueOrDefault((string?)parameters["id"] ?? "")) switch
{
    ("SendMessage", _) => (Send(parameters), null),
    ("GetTask" or "CancelTask", null) => (null, (-32001, "Task not found")),
    ("GetTask", { } task) => (task.DeepClone(), null),
    ("CancelTask", { } task) when !Working(task) => (null, (-32002, "Task is not cancelable")),
    ("CancelTask", { } task) => (End(task, "TASK_STATE_CANCELED").DeepClone(), null),
    _ => (null, (-32601, "Method not found")),
};
var app = WebApplication.Create(["--urls", endpoint, "--Logging:LogLevel:Default=Warning"]);
app.MapGet("/.well-known/agent-card.json", () => new
{
    name,
    description,
    version = "1.0.0",
    supportedInterfaces = new[] { new { url = endpoint, protocolBinding = "JSONRPC", protocolVersion = "1.0" } },
    capabilities = new { streaming = false, pushNotifications = false },
    defaultInputModes = new[] { "text/plain" },
    defaultOutputModes = new[] { "application/json" },
    skills = new[] { new { id = "text.count", name = "Count words", description, tags = new[] { "text" } } },
});
app.MapPost("/", (JsonObject call) =>
{
    var (result, error) = Answer((string)call["method"]!, call["params"] ?? new JsonObject());
    var told = error is { } e ? new JsonObject { ["code"] = e.Code, ["message"] = e.Message } : result;
    return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = call["id"]?.DeepClone(), [error is null ? "result" : "error"] = told };
});
await app.StartAsync();
if (!File.Exists(known))
    await File.WriteAllTextAsync(known, (await HermesAsync("POST", "/agents/register", Setting("HERMES_TOKEN", ""), new { name = name, description, capabilities = new[] { "text.count" }, base_price = price, visibility = "public", endpoint })).GetRawText());
var agent = JsonDocument.Parse(await File.ReadAllTextAsync(known)).RootElement;
var (id, key) = (Id(agent), agent.GetProperty("key").GetString()!);
Console.WriteLine($"{name} is {id} at {endpoint}");
for (var (bids, stopping) = (new HashSet<string>(), app.Lifetime.ApplicationStopping); !stopping.IsCancellationRequested; await Task.Delay(1_000, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
{
    try
    {
        foreach (var contract in (await ListAsync("scope=open&capability=text.count")).Select(Id).Where(bids.Add))
            await HermesAsync("POST", $"/mesh/contracts/{contract}/bid", key, new { price, eta_seconds = 6, confidence = 0.99m });
        foreach (var won in (await ListAsync("scope=won&state=awarded")).Where(c => c.GetProperty("winner_agent_id").GetString() == id).Select(Id))
        {
            var context = (await HermesAsync("GET", $"/mesh/contracts/{won}", key)).GetProperty("context");
            await HermesAsync("POST", $"/mesh/contracts/{won}/deliver", key, new { result = Count(context.TryGetProperty("text", out var text) ? text.GetString()! : "") }, $"deliver-{won}");
            Console.WriteLine($"delivered {won}");
        }
    }
    catch (HttpRequestException refused)
    {
        Console.WriteLine(refused.Message);
    }
}
static string Id(JsonElement item) => item.GetProperty("id").GetString()!;
async Task<List<JsonElement>> ListAsync(string filter) => [.. (await HermesAsync("GET", "/mesh/contracts?" + filter, key)).GetProperty("items").EnumerateArray()];
async Task<JsonElement> HermesAsync(string method, string path, string bearer, object? body = null, string? idempotencyKey = null)
{
    using var http = new HttpClient();
    var request = new HttpRequestMessage(new(method), Setting("HERMES", "http://localhost:5000") + "/api/v1" + path) { Content = body is null ? null : JsonContent.Create(body) };
    request.Headers.Add("Authorization", "Bearer " + bearer);
    request.Headers.Add("Idempotency-Key", idempotencyKey ?? $"{Guid.NewGuid()}");
    var answer = await http.SendAsync(request);
    return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonElement>() : throw new HttpRequestException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
}
