using System.Text.Json;
using Hermes.AgentKit;

var server = new Uri("http://localhost:5000");
var (id, key) = (Guid.Parse(args[0]), args[1]);
using var http = new HttpClient { BaseAddress = server };
using var agent = new WorkingAgent(id, [new Shouter()], new HermesApi(http, key), new MeshSocket(server, id, key), Console.WriteLine);
await agent.RunAsync(CancellationToken.None);

internal sealed class Shouter : ICraft
{
    public string Capability => "text.shout";

    public Offer? Quote(ContractOffer contract) => new(Price.Of(0.10m, "USD"), EtaSeconds: 5, Confidence: 0.9m);

    // A contract that it won.
    public Task<object> WorkAsync(ContractOffer contract, CancellationToken cancellationToken) =>
        Task.FromResult<object>(new { Text = Shout(contract.Context.GetProperty("text").GetString()!) });

    // A call of somebody who knows it.
    public Task<object> AnswerAsync(string text, JsonElement? data, CancellationToken cancellationToken) =>
        Task.FromResult<object>(Shout(text));

    private static string Shout(string text) => text.ToUpperInvariant() + "!";
}
