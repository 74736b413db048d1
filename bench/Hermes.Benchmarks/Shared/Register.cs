using Hermes.Infrastructure.Marketplace.Search;
using Npgsql;

namespace Hermes.Benchmarks.Shared;

/// <summary>A large register of agents, no two of which say the same: each is put together from three of the evaluation's.</summary>
public static class Register
{
    private static readonly string Folder = Path.Combine(Stage.Root(), "tests", "Hermes.IntegrationTests", "Marketplace", "Evaluation");
    private static readonly AgentText[] Texts = [.. Rows("*agents.txt").Select(r => new AgentText(r[1], r[3], r[2].Split(' '), r[4].Split(' '), []))];

    /// <summary>What is asked in the evaluation.</summary>
    public static string[] Queries { get; } = [.. Rows("*queries.txt").Select(r => r[1])];

    /// <summary>What an agent says.</summary>
    internal static AgentText Made(int number)
    {
        var (a, b, c) = (Texts[number % Texts.Length], Texts[(number * 31 + number / Texts.Length) % Texts.Length], Texts[(number * 17 + number / 7) % Texts.Length]);
        return new AgentText($"{a.Name} {number}", $"{a.Description} {b.Description}", [.. a.Capabilities.Append(c.Capabilities[0]).Distinct()], c.Tags, []);
    }

    /// <summary>Writes agents into the database, listed and public.</summary>
    public static async Task FillAsync(Stage stage, Guid tenant, int from, int to, CancellationToken cancellationToken)
    {
        Report.Step($"registering {to - from:#,0} more");
        await using var connection = await stage.OpenAsync(cancellationToken);
        foreach (var part in Enumerable.Range(from, to - from).Chunk(5_000))
        {
            var made = part.Select(Made).ToArray();
            await using var insert = new NpgsqlCommand("""
                INSERT INTO agents.agents (id, tenant_id, name, description, capabilities, base_price_micro_units, base_price_currency, visibility, tags, categories, languages, regions, capacity, owed_basis_points, status, listing, registered_at, changed_at)
                SELECT gen_random_uuid(), $1, n, d, string_to_array(c, ' '), 1000000, 'USD', 'public', string_to_array(t, ' '), '{}', '{}', '{}', 1, 0, 'active', 'listed', now(), now()
                FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS u(n, d, c, t)
                """, connection)
            { CommandTimeout = 600 };
            insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant });
            foreach (var column in new string[][] { [.. made.Select(m => m.Name)], [.. made.Select(m => m.Description)], [.. made.Select(m => string.Join(' ', m.Capabilities))], [.. made.Select(m => string.Join(' ', m.Tags))] })
                insert.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = column });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        await stage.ExecuteAsync("ANALYZE agents.agents", cancellationToken);
    }

    private static IEnumerable<string[]> Rows(string pattern) => Directory.GetFiles(Folder, pattern).Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
        .Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('|', StringSplitOptions.TrimEntries));
}
