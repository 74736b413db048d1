using System.Net;

namespace Hermes.IntegrationTests.Shared;

public sealed class StartTests(HermesApp app) : IClassFixture<HermesApp>
{
    [Fact]
    public async Task An_unknown_route_is_a_problem_with_a_code()
    {
        var answer = await app.Client().GetAsync("/api/v1/nothing-here");

        var problem = await answer.JsonAsync(HttpStatusCode.NotFound);
        problem.GetProperty("code").GetString().ShouldBe("request.no_such_route");
    }

    [Fact]
    public async Task Two_nodes_start_on_one_database()
    {
        await using var second = app.NewNode();

        var answer = await second.CreateClient().GetAsync("/api/v1/nothing-here");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
