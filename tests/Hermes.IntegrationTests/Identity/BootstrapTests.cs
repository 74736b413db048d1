using System.Net;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Identity;

/// <summary>No fixture's start happens before the test: nodes start together.</summary>
public sealed class BootstrapTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task Nodes_that_start_together_and_again_make_one_operator_with_one_token()
    {
        await using (var second = app.NewNode())
        await using (var third = app.NewNode())
            await Task.WhenAll(Task.Run(() => second.Server), Task.Run(() => third.Server));

        (await app.SqlAsync<long>("SELECT count(*) FROM identity.members WHERE role = 'operator'")).ShouldBe(1);
        (await app.SqlAsync<long>("SELECT count(*) FROM identity.people")).ShouldBe(1);
        (await app.SqlAsync<long>("SELECT count(*) FROM identity.personal_access_tokens")).ShouldBe(1);
        (await app.SqlAsync<long>("SELECT count(*) FROM tenancy.tenants WHERE id = '00000000-0000-7000-8000-000000000001'")).ShouldBe(1);
        var me = await (await app.Operator().GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("is_operator").GetBoolean().ShouldBeTrue();
        me.GetProperty("email").GetString().ShouldBe(OperatorApp.OperatorEmail);
    }
}

/// <summary>On an empty database two nodes bootstrap at once.</summary>
public sealed class RacingBootstrapTests
{
    private sealed class RacingApp : OperatorApp;

    [Fact]
    public async Task Two_first_nodes_race_and_one_operator_comes_out()
    {
        var app = new RacingApp();
        await app.CloneOnlyAsync();
        try
        {
            await using var one = app.NewNode();
            await using var two = app.NewNode();
            await Task.WhenAll(Task.Run(() => one.Server), Task.Run(() => two.Server));
            (await app.SqlAsync<long>("SELECT count(*) FROM identity.people")).ShouldBe(1);
            (await app.SqlAsync<long>("SELECT count(*) FROM identity.personal_access_tokens")).ShouldBe(1);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }
}
