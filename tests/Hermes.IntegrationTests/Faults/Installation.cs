using System.Text.Json;
using Hermes.Infrastructure.Persistence;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Faults;

/// <summary>An installation of processes with people and agents that came through the API.</summary>
/// <param name="owner">Its database, which outlives it; null for a fresh one that goes with it.</param>
internal sealed class Installation(string? owner = null) : IAsyncLifetime
{
    private readonly List<IDisposable> _owned = [];
    private HermesDatabase? _clone;
    private Node? _node;

    public async Task InitializeAsync() => _clone = owner is null ? await TestCluster.CloneAsync() : null;

    public async Task DisposeAsync()
    {
        foreach (var owned in _owned)
            owned.Dispose();
        if (_clone is not null)
            await TestCluster.DropAsync(_clone);
    }

    /// <summary>Settings of its nodes besides the usual ones, as environment variables.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    private string Owner => owner ?? _clone!.Owner;

    /// <summary>The node that callers reach at the moment; null while there is none.</summary>
    public Node? Node
    {
        get => Volatile.Read(ref _node);
        set => Volatile.Write(ref _node, value);
    }

    public sealed record Poster(Guid Tenant, string Token, Caller Caller);

    public sealed record Agent(Guid Id, Guid Tenant, string Key, Caller Caller);

    /// <summary>Starts the node that callers reach from now on.</summary>
    public async Task<Node> StartAsync(string? faultPoint = null) => Node = await BesideAsync(faultPoint);

    /// <summary>Starts one more node; callers stay with theirs.</summary>
    public async Task<Node> BesideAsync(string? faultPoint = null)
    {
        var node = await Faults.Node.StartAsync(Owner, faultPoint, Settings);
        _owned.Add(node);
        return node;
    }

    public Caller Caller(string bearer)
    {
        var caller = new Caller(() => Node is { HasExited: false } node ? node.Address : null, bearer);
        _owned.Add(caller);
        return caller;
    }

    /// <summary>A tenant whose admin has a token, with credits where an amount is given.</summary>
    public async Task<Poster> PosterAsync(string credits = "1000.00")
    {
        var slug = $"t{Guid.NewGuid():N}"[..20];
        var email = $"{slug}@example.test";
        var tenant = await Caller(Faults.Node.OperatorToken).SendAsync(HttpMethod.Post, "/admin/tenants",
            new { Name = slug, Slug = slug, Owner = new { Email = email, Password = "a long enough passphrase 8" } });
        var token = await new Caller(() => Node?.Address, "none").AnonymousAsync(this, email, slug);
        var poster = new Poster(tenant.GetProperty("id").GetGuid(), token, Caller(token));
        if (credits != "0")
            await poster.Caller.SendAsync(HttpMethod.Post, $"/orgs/{poster.Tenant}/wallet", new { Amount = new { Amount = credits, Currency = "USD" } });
        return poster;
    }

    public async Task<Agent> AgentAsync(string? endpoint = null, string price = "0.00")
    {
        var owner = await PosterAsync("0");
        var registered = await owner.Caller.SendAsync(HttpMethod.Post, "/agents/register",
            new { Name = $"Agent {Guid.NewGuid()}", Capabilities = new[] { "faults" }, Capacity = 1000, Endpoint = endpoint, BasePrice = new { Amount = price, Currency = "USD" }, Visibility = "public" });
        var key = registered.GetProperty("key").GetString()!;
        return new Agent(registered.GetProperty("agent").GetProperty("id").GetGuid(), owner.Tenant, key, Caller(key));
    }

    public async Task<T?> SqlAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Closes all open windows in a moment, however long posting and bidding took on a busy machine.</summary>
    public Task<int> CloseAsync() => SqlAsync<int>("UPDATE mesh.contracts SET bidding_closes_at = now() + interval '500 ms' WHERE state = 'bidding'");

    /// <summary>Waits until the statement reads what is expected; the failure also says what the node wrote.</summary>
    public async Task EventuallyAsync(string sql, object expected)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        try
        {
            await Eventually.IsAsync(() => command.ExecuteScalarAsync(), expected, $"{sql} reads {expected}");
        }
        catch (TimeoutException never)
        {
            throw new TimeoutException($"{never.Message}\n{Node?.Output}", never);
        }
    }

    /// <summary>What holds after any fault: the books are right, nothing was awarded or paid twice, and every event has its place.</summary>
    public async Task ShouldBeSoundAsync()
    {
        (await SqlAsync<long>("SELECT coalesce(sum(violations), 0)::bigint FROM ledger.check()")).ShouldBe(0);
        (await SqlAsync<decimal>("SELECT coalesce(sum(amount), 0)::numeric FROM ledger.entries")).ShouldBe(0m);
        (await SqlAsync<long>("SELECT count(*) FROM (SELECT contract_id FROM mesh.awards GROUP BY contract_id, round HAVING count(*) > 1) twice")).ShouldBe(0);
        // One hold per round, one way out of each escrow, and nothing left in those that ended.
        (await SqlAsync<long>("""
            SELECT count(*) FROM mesh.contracts c
            WHERE c.winner_bid_id IS NOT NULL
              AND ((SELECT count(*) FROM ledger.transfers t WHERE t.idempotency_key LIKE 'hold:' || c.id || ':%') <> c.rounds
                OR (SELECT count(*) FROM mesh.awards a WHERE a.contract_id = c.id) <> c.rounds
                OR (SELECT count(*) FROM mesh.receipts r WHERE r.contract_id = c.id) <> c.rounds
                OR (c.state IN ('settled', 'refunded')) <> ((SELECT count(*) FROM mesh.settlements s WHERE s.contract_id = c.id) = 1)
                OR (SELECT count(*) FROM ledger.transfers t WHERE t.idempotency_key LIKE 'escrow:' || c.id || ':%')
                    <> c.rounds - (c.state NOT IN ('settled', 'refunded'))::int
                OR (SELECT coalesce(sum(balance), 0) FROM ledger.accounts a WHERE a.kind = 'escrow' AND a.owner_id = c.id)
                    <> CASE WHEN c.state IN ('settled', 'refunded') THEN 0 ELSE c.price_micro_units END)
            """)).ShouldBe(0);
        (await SqlAsync<long>("""
            SELECT count(*) FROM mesh.settlements s
            WHERE s.cause = 'validation' AND NOT EXISTS (SELECT FROM trust.outcomes o WHERE o.contract_id = s.contract_id AND o.agent_id = s.agent_id)
            """)).ShouldBe(0);
        await EventuallyAsync("SELECT count(*) FROM notifications.outbox WHERE position IS NULL", 0L);
    }
}

file static class Anonymous
{
    /// <summary>A token by e-mail and password.</summary>
    public static async Task<string> AnonymousAsync(this Caller _, Installation installation, string email, string slug)
    {
        using var client = new HttpClient { BaseAddress = installation.Node!.Address! };
        var answer = await client.PostAsync("/api/v1/tokens", new StringContent(
            JsonSerializer.Serialize(new { name = "faults", email, password = "a long enough passphrase 8", tenant = slug }), null, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement.GetProperty("token").GetString()!;
    }
}
