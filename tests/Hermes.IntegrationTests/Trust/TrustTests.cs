using System.Net;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Application.Trust;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using Hermes.Domain.Trust.Public;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.IntegrationTests.Trust;

public sealed class TrustTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_outcome_moves_the_score_as_the_domain_rule_says_and_a_second_time_nothing()
    {
        var (agent, owner) = await AgentAsync();
        var outcome = An(agent, owner, quality: 0.9m);

        await RecordAsync(outcome);
        await RecordAsync(outcome, outcome with { Quality = 0 });

        var expected = TrustScore.Of(default(TrustCounters).With(outcome, true), DateOnly.FromDateTime(Start.UtcDateTime));
        (await app.SqlAsync<decimal>($"SELECT score FROM trust.scores WHERE agent_id = '{agent}'")).ShouldBe(expected.Score);
        (await app.SqlAsync<decimal>($"SELECT effective FROM trust.scores WHERE agent_id = '{agent}'")).ShouldBe(expected.Effective);
        (await app.SqlAsync<int>($"SELECT contracts FROM trust.scores WHERE agent_id = '{agent}'")).ShouldBe(1);
        (await app.SqlAsync<decimal>($"SELECT score FROM trust.score_history WHERE agent_id = '{agent}' AND on_date = '2026-01-01'")).ShouldBe(expected.Score);
        (await app.SqlAsync<long>($"SELECT micro_units FROM trust.earnings WHERE agent_id = '{agent}'")).ShouldBe(outcome.Earned.MicroUnits);
    }

    [Fact]
    public async Task Incremental_nightly_exported_and_domain_scores_are_equal_for_any_history()
    {
        var random = new Random(7);
        var agents = new List<(AgentId Agent, TenantId Owner)>();
        for (var i = 0; i < 12; i++)
            agents.Add(await AgentAsync());
        TenantId[] posters = [Tenant(), Tenant(), Tenant(), agents[0].Owner];
        for (var i = 0; i < 150; i++)
        {
            var (agent, owner) = agents[random.Next(agents.Count)];
            var quality = random.Next(0, 10_001) / 10_000m;
            var lost = random.Next(8) == 0;
            var poster = posters[random.Next(posters.Length)];
            var outcome = An(agent, owner, quality, !lost && quality > 0.2m, random.Next(3) > 0, lost, poster, Start.AddHours(7 * i).AddTicks(random.Next(1000) * 10));
            await RecordAsync(outcome);
            if (random.Next(2) == 0)
                (await RateAsync(poster, agent, outcome.Contract, random.Next(1, 6))).Succeeded.ShouldBeTrue();
        }

        var incremental = await ScoresAsync();
        // Wrong counters, scores and grades are put right by the nightly statement.
        await app.SqlAsync<int>("UPDATE trust.scores SET score = 0.1, effective = 0.1, grade = 'F', contracts = contracts + 1, quality_sum = 0, first_on = '2020-01-01' WHERE right(agent_id::text, 1) < '8'");
        await app.SendAsync(Actors.System(), new RecalculateTrust());
        var nightly = await ScoresAsync();

        foreach (var (agent, owner) in agents.Where(a => incremental.ContainsKey(a.Agent)))
        {
            var log = await LogAsync(agent, owner);
            var (onLastDay, error) = OutcomeLog.Recompute(log);
            error.ShouldBeNull();
            incremental[agent].ShouldBe((onLastDay!.Score, onLastDay.Effective, onLastDay.Grade));
            var today = TrustScore.Of(onLastDay.Counters, DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime));
            nightly[agent].ShouldBe((today.Score, today.Effective, today.Grade));
            (await app.SendAsync(Actors.Person(owner), new GetTrustScore(agent))).Value.Score.ShouldBe(today.Score);
        }
    }

    [Fact]
    public async Task Nightly_skips_what_a_settlement_holds_and_keeps_what_it_wrote()
    {
        var (held, owner) = await AgentAsync();
        var (free, freeOwner) = await AgentAsync();
        await RecordAsync(An(held, owner, 1), An(free, freeOwner, 1));
        await app.SqlAsync<int>($"UPDATE trust.scores SET score = 0.2 WHERE agent_id IN ('{held}', '{free}')");
        await using var settlement = new NpgsqlConnection(app.Database.Owner);
        await settlement.OpenAsync();
        await using var transaction = await settlement.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"UPDATE trust.scores SET changed_at = now() WHERE agent_id = '{held}'", settlement, transaction))
            await hold.ExecuteNonQueryAsync();

        await app.SendAsync(Actors.System(), new RecalculateTrust()).WaitAsync(Eventually.Patience);
        await transaction.CommitAsync();

        (await app.SqlAsync<decimal>($"SELECT score FROM trust.scores WHERE agent_id = '{held}'")).ShouldBe(0.2m);
        (await app.SqlAsync<decimal>($"SELECT score FROM trust.scores WHERE agent_id = '{free}'")).ShouldBeGreaterThan(0.6m);
    }

    [Fact]
    public async Task The_nightly_run_is_planned_for_two_in_the_morning_utc()
    {
        var scheduler = await app.Services.GetRequiredService<Quartz.ISchedulerFactory>().GetScheduler();
        var trigger = await scheduler.GetTrigger(new Quartz.TriggerKey("nightly", "trust"));

        trigger!.JobKey.ShouldBe(Infrastructure.Trust.NightlyTrustJob.Key);
        var cron = trigger.ShouldBeAssignableTo<Quartz.ICronTrigger>()!;
        cron.CronExpressionString.ShouldBe("0 0 2 * * ?");
        cron.TimeZone.ShouldBe(TimeZoneInfo.Utc);
    }

    [Fact]
    public async Task Concurrent_outcomes_of_one_agent_leave_one_unbroken_log()
    {
        var (agent, owner) = await AgentAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RecordAsync(An(agent, owner, 0.8m))));

        var (trust, error) = OutcomeLog.Recompute(await LogAsync(agent, owner));
        error.ShouldBeNull();
        trust!.Counters.Contracts.ShouldBe(16);
    }

    [Fact]
    public async Task A_rating_is_given_once_and_only_by_the_poster()
    {
        var (agent, owner) = await AgentAsync();
        var poster = Tenant();
        var outcome = An(agent, owner, 1, poster: poster);
        await RecordAsync(outcome);

        (await RateAsync(owner, agent, outcome.Contract, 5)).Error!.ShouldBe(TrustErrors.NothingToRate);
        (await RateAsync(poster, agent, outcome.Contract, 4)).Succeeded.ShouldBeTrue();
        (await RateAsync(poster, agent, outcome.Contract, 5)).Error!.ShouldBe(TrustErrors.RatedAlready);
        (await app.SqlAsync<int>($"SELECT stars FROM trust.scores WHERE agent_id = '{agent}'")).ShouldBe(4);
    }

    [Fact]
    public async Task Outcomes_are_never_changed_or_removed()
    {
        var (agent, owner) = await AgentAsync();
        await RecordAsync(An(agent, owner, 0.5m));

        foreach (var sql in new[] { $"UPDATE trust.outcomes SET quality = 1 WHERE agent_id = '{agent}'", $"DELETE FROM trust.outcomes WHERE agent_id = '{agent}'" })
            (await Should.ThrowAsync<PostgresException>(() => app.SqlAsync<int>(sql))).SqlState.ShouldBe("23001");
    }

    [Fact]
    public async Task Neither_role_writes_scores_and_the_app_role_reads_no_posters()
    {
        var (agent, owner) = await AgentAsync();
        await RecordAsync(An(agent, owner, 0.5m));

        foreach (var (login, sql) in new[]
        {
            (app.Database.App, "UPDATE trust.scores SET score = 1"),
            (app.Database.Engine, "UPDATE trust.scores SET score = 1"),
            (app.Database.Engine, "DELETE FROM trust.outcomes"),
            (app.Database.App, "SELECT poster_tenant_id FROM trust.outcomes"),
            (app.Database.App, "SELECT trust.recalculate(now())"),
            (app.Database.App, "SELECT trust.record_outcomes(ARRAY[]::uuid[], ARRAY[]::uuid[], ARRAY[]::uuid[], ARRAY[]::uuid[], ARRAY[]::boolean[], ARRAY[]::boolean[], ARRAY[]::numeric[], ARRAY[]::boolean[], ARRAY[]::bigint[], ARRAY[]::text[], now())"),
        })
        {
            await using var connection = new NpgsqlConnection(login);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState.ShouldBe("42501", sql);
        }
    }

    [Fact]
    public async Task Another_tenants_private_agent_is_not_there()
    {
        var (agent, owner) = await AgentAsync(visibility: "tenant");
        await RecordAsync(An(agent, owner, 1));

        foreach (var actor in new[] { Actor.Anonymous, Actors.Person(Tenant()) })
        {
            (await app.SendAsync(actor, new GetTrustScore(agent))).Error.ShouldBe(TrustErrors.AgentNotFound);
            (await app.SendAsync(actor, new GetReputation(agent))).Error.ShouldBe(TrustErrors.AgentNotFound);
            (await app.SendAsync(actor, new GetOutcomeLog(agent))).Error.ShouldBe(TrustErrors.AgentNotFound);
            (await app.SendAsync(actor, new ListLeaderboard(Limit: 100))).Value.Items.ShouldNotContain(p => p.AgentId == agent);
        }
        (await app.SendAsync(Actors.Person(owner), new ListLeaderboard(Limit: 100))).Value.Items.ShouldContain(p => p.AgentId == agent && p.IsMine);
        await using var connection = new NpgsqlConnection(app.Database.App);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM trust.scores WHERE agent_id = '{agent}'", connection);
        (await command.ExecuteScalarAsync()).ShouldBe(0L);
    }

    [Fact]
    public async Task The_api_answers_with_score_reputation_and_log()
    {
        var (agent, owner) = await AgentAsync();
        var poster = Tenant();
        for (var i = 0; i < 3; i++)
            await RecordAsync(An(agent, owner, 1, poster: i == 0 ? Tenant() : poster));
        var client = app.Client();

        var score = await (await client.GetAsync($"/api/v1/marketplace/agents/{agent}/trust-score")).JsonAsync(HttpStatusCode.OK);
        var reputation = await (await client.GetAsync($"/api/v1/marketplace/agents/{agent}/reputation")).JsonAsync(HttpStatusCode.OK);
        var log = await client.GetStringAsync($"/api/v1/marketplace/agents/{agent}/outcomes");

        score.GetProperty("grade").GetString().ShouldNotBeNull();
        score.GetProperty("badges").EnumerateArray().Select(b => b.GetString()).ShouldContain("verified");
        reputation.GetProperty("parts").GetArrayLength().ShouldBe(5);
        reputation.GetProperty("parts").EnumerateArray().Sum(p => p.GetProperty("points").GetDecimal()).ShouldBe(score.GetProperty("score").GetDecimal(), 0.0001m);
        reputation.GetProperty("history").GetArrayLength().ShouldBeGreaterThan(0);
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<OutcomeLogLine>(l, OutcomeLog.Json)!).ToList();
        OutcomeLog.Recompute(lines).Error.ShouldBeNull();
        lines[^1].Hash.ShouldBe(reputation.GetProperty("log_hash").GetString());
        log.ShouldNotContain(poster.ToString());
        await (await client.GetAsync($"/api/v1/marketplace/agents/{Guid.NewGuid()}/reputation")).JsonAsync(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("trust")]
    [InlineData("contracts")]
    [InlineData("earnings")]
    [InlineData("success")]
    public async Task The_leaderboard_pages_through_every_agent_once_best_first(string sort)
    {
        for (var i = 0; i < 7; i++)
        {
            var (agent, owner) = await AgentAsync();
            for (var j = 0; j <= i % 3; j++)
                await RecordAsync(An(agent, owner, 1 - j / 10m, success: j < 2));
        }
        var client = app.Client();
        var seen = new List<(string Agent, decimal Key)>();
        string? cursor = null;
        do
        {
            var page = await (await client.GetAsync($"/api/v1/marketplace/leaderboard?sort={sort}&limit=3&cursor={cursor}")).JsonAsync(HttpStatusCode.OK);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(p => (p.GetProperty("agent_id").GetString()!, sort switch
            {
                "contracts" => p.GetProperty("contracts").GetInt32(),
                "success" => p.GetProperty("success_rate").GetDecimal(),
                "earnings" => decimal.Parse(p.GetProperty("earnings").GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
                _ => p.GetProperty("effective").GetDecimal(),
            })));
            page.GetProperty("items")[0].GetProperty("rank").GetInt32().ShouldBe(seen.Count - page.GetProperty("items").GetArrayLength() + 1);
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        seen.Count.ShouldBeGreaterThanOrEqualTo(7);
        seen.Select(s => s.Agent).ShouldBeUnique();
        seen.Select(s => s.Key).ShouldBe(seen.Select(s => s.Key).OrderDescending());
    }

    [Fact]
    public async Task An_unknown_order_is_refused_by_name()
    {
        var problem = await (await app.Client().GetAsync("/api/v1/marketplace/leaderboard?sort=beauty")).JsonAsync(HttpStatusCode.UnprocessableEntity);

        problem.GetProperty("errors").TryGetProperty("sort", out _).ShouldBeTrue();
    }

    private static TenantId Tenant() => new(Guid.CreateVersion7());

    private static Outcome An(AgentId agent, TenantId owner, decimal quality, bool success = true, bool onTime = true, bool lost = false, TenantId? poster = null, DateTimeOffset? at = null) =>
        new(agent, owner, new ContractId(Guid.CreateVersion7()), poster ?? Tenant(), success, onTime, quality, lost, Money.Usd(success ? 2.5m : 0), at ?? Start);

    private async Task<(AgentId Agent, TenantId Owner)> AgentAsync(string visibility = "public")
    {
        var (agent, owner) = (new AgentId(Guid.CreateVersion7()), Tenant());
        await app.SqlAsync<int>($"""
            INSERT INTO agents.agents (id, tenant_id, name, description, capabilities, base_price_micro_units, base_price_currency, visibility, tags, categories, languages, regions, capacity, owed_basis_points, status, registered_at, changed_at)
            VALUES ('{agent}', '{owner}', 'Agent', '', ARRAY['text'], 0, 'USD', '{visibility}', ARRAY[]::text[], ARRAY[]::text[], ARRAY[]::text[], ARRAY[]::text[], 1, 0, 'active', now(), now())
            """);
        return (agent, owner);
    }

    private async Task RecordAsync(params Outcome[] outcomes)
    {
        await using var scope = app.Services.GetRequiredService<ISystemScopes>().Begin("test");
        var trust = scope.Services.GetRequiredService<ITrust>();
        (await scope.Services.GetRequiredService<IUnitOfWork>().RunAsync(async () =>
        {
            await trust.RecordOutcomesAsync(outcomes, CancellationToken.None);
            return Done.Ok;
        }, CancellationToken.None)).Succeeded.ShouldBeTrue();
    }

    private async Task<Result<Done>> RateAsync(TenantId poster, AgentId agent, ContractId contract, int stars)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Infrastructure.Shared.ActorScope>().Become(Actors.Person(poster));
        var trust = scope.ServiceProvider.GetRequiredService<ITrust>();
        return await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().RunAsync(() => trust.RateAsync(agent, contract, stars, CancellationToken.None), CancellationToken.None);
    }

    private async Task<Dictionary<AgentId, (decimal Score, decimal Effective, string? Grade)>> ScoresAsync()
    {
        await using var connection = new NpgsqlConnection(app.Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT agent_id, score, effective, grade FROM trust.scores", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var scores = new Dictionary<AgentId, (decimal, decimal, string?)>();
        while (await reader.ReadAsync())
            scores[AgentId.From(reader.GetGuid(0))] = (reader.GetDecimal(1), reader.GetDecimal(2), reader.IsDBNull(3) ? null : reader.GetString(3));
        return scores;
    }

    private async Task<List<OutcomeLogLine>> LogAsync(AgentId agent, TenantId owner)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Infrastructure.Shared.ActorScope>().Become(Actors.Person(owner));
        var export = await scope.ServiceProvider.GetRequiredService<MediatR.IMediator>().Send(new GetOutcomeLog(agent));
        var lines = new List<OutcomeLogLine>();
        await foreach (var line in export.Value.Lines)
            lines.Add(line);
        return lines;
    }
}
