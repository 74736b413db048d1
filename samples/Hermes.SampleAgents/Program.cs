using System.Text.Json;
using Hermes.AgentKit;
using Hermes.SampleAgents;

// Runs one or more of the sample agents against a Hermes server.
//   dotnet run --project samples/Hermes.SampleAgents -- --server http://localhost:5000 summarizer=<agent id>
//   with the key in HERMES_KEY_SUMMARIZER (upper case, '-' as '_').
//   With --stdin, one JSON object {"server":"…","agents":[{"name":"…","id":"…","key":"…"}]} is read from standard
//   input instead, and the end of standard input ends the program: a parent that dies takes its agents with it.
var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

Assignment? assignment;
if (args.Contains("--stdin"))
{
    assignment = JsonSerializer.Deserialize<Assignment>(await Console.In.ReadLineAsync() ?? "null", HermesApi.Json);
    _ = Task.Run(async () =>
    {
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
        await stop.CancelAsync();
    });
}
else
{
    assignment = Assignment.FromArguments(args, Environment.GetEnvironmentVariable);
}
if (assignment is null || assignment.Agents.Count == 0)
{
    Console.Error.WriteLine($"Usage: --server <address> <name>=<agent id> …   (names: {string.Join(", ", Crew.All.Select(m => m.Name))}; keys in HERMES_KEY_<NAME>)");
    return 2;
}
await Task.WhenAll(assignment.Agents.Select(seat => RunAsync(seat, assignment.Server, stop.Token)));
return 0;

static async Task RunAsync(Seat seat, Uri server, CancellationToken cancellationToken)
{
    var member = Crew.All.FirstOrDefault(m => m.Name == seat.Name) ?? throw new InvalidOperationException($"There is no sample agent '{seat.Name}'.");
    void Log(string line) => Console.WriteLine($"{seat.Name} {line}");
    using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
    using var socket = new MeshSocket(server, seat.Id, seat.Key) { Connected = () => Log("is connected"), Interrupted = reason => Log($"was cut: {reason}") };
    using var agent = new WorkingAgent(seat.Id, member.Crafts, new HermesApi(http, seat.Key), socket, Log);
    await agent.RunAsync(cancellationToken);
}
