namespace Hermes.SampleAgents;

/// <summary>Which agents this process plays.</summary>
public sealed record Assignment(Uri Server, IReadOnlyList<Seat> Agents)
{
    /// <summary>From <c>--server address name=id …</c> with the keys in the environment; null when something is missing.</summary>
    public static Assignment? FromArguments(string[] args, Func<string, string?> environment)
    {
        var at = Array.IndexOf(args, "--server");
        if (at < 0 || at + 1 >= args.Length || !Uri.TryCreate(args[at + 1], UriKind.Absolute, out var server))
            return null;
        var seats = new List<Seat>();
        foreach (var arg in args.Where(a => a.Contains('=')))
        {
            var (name, id) = (arg.Split('=')[0], arg.Split('=')[1]);
            var key = environment($"HERMES_KEY_{name.ToUpperInvariant().Replace('-', '_')}");
            if (key is null || !Guid.TryParse(id, out var agent))
                return null;
            seats.Add(new Seat(name, agent, key));
        }
        return new Assignment(server, seats);
    }
}

/// <summary>One agent: which sample plays it, its id and key.</summary>
public sealed record Seat(string Name, Guid Id, string Key);
