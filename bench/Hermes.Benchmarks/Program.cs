using System.Globalization;
using System.Reflection;
using Hermes.Benchmarks.Shared;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var all = Assembly.GetExecutingAssembly().GetTypes()
    .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IBenchmark).IsAssignableFrom(t))
    .Select(t => (IBenchmark)Activator.CreateInstance(t)!)
    .OrderBy(b => b.Name, StringComparer.Ordinal).ToList();

var options = Options.Read(args);
var chosen = options.Names.Count == 1 && options.Names[0] == "all" ? all : [.. all.Where(b => options.Names.Contains(b.Name))];
if (chosen.Count == 0 || options.Names.Count > chosen.Count && options.Names[0] != "all")
{
    Console.WriteLine("dotnet run -c Release --project bench/Hermes.Benchmarks -- <name> … [--quick] [--<option> <number>]\n");
    foreach (var benchmark in all)
        Console.WriteLine($"  {benchmark.Name,-16} {benchmark.Goal}");
    Console.WriteLine($"  {"all",-16} every one of them, one after another");
    return 1;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateTime.Now:yyyy-MM-dd HH:mm}{(options.Quick ? ", quick" : "")}");
foreach (var benchmark in chosen)
{
    Console.WriteLine($"\n== {benchmark.Name}\nGoal: {benchmark.Goal}");
    await using var stage = new Stage(options);
    await benchmark.RunAsync(stage, stop.Token);
}

return 0;
