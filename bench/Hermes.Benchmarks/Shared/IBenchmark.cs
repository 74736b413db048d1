namespace Hermes.Benchmarks.Shared;

/// <summary>
/// A program that measures, in one run, what this machine can do at best for some work (the limit) and what Hermes does, and
/// prints both with their ratio. Found by scanning.
/// </summary>
public interface IBenchmark
{
    /// <summary>What it is called by on the command line.</summary>
    string Name { get; }

    /// <summary>What is aimed for, in one line.</summary>
    string Goal { get; }

    /// <summary>Measures and prints through <see cref="Stage"/>.</summary>
    Task RunAsync(Stage stage, CancellationToken cancellationToken);
}

/// <summary>The command line: names of programs and numbers such as <c>--contracts 1000</c>.</summary>
public sealed record Options(IReadOnlyList<string> Names, IReadOnlyDictionary<string, int> Numbers, bool Quick)
{
    public static Options Read(string[] args)
    {
        var names = new List<string>();
        var numbers = new Dictionary<string, int>();
        var quick = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--quick")
                quick = true;
            else if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length && int.TryParse(args[i + 1], out var number))
                numbers[args[i++][2..]] = number;
            else
                names.Add(args[i]);
        }

        return new Options(names, numbers, quick);
    }

    /// <summary>A number from the command line, else the full run's or, with <c>--quick</c>, a short run's.</summary>
    public int Number(string name, int full, int quick) => Numbers.TryGetValue(name, out var given) ? given : Quick ? quick : full;
}
