using System.Globalization;
using System.Net;
using Hermes.Infrastructure.Shared.RateLimits;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Operations;

public sealed class NarrowApp : HermesApp
{
    public NarrowApp()
    {
        Set("Hermes:RateLimits:AddressPerMinute", "5");
        Set("Hermes:RateLimits:SignInsPerMinute", "2");
    }
}

public sealed class RateLimitTests(NarrowApp app) : IClassFixture<NarrowApp>
{
    [Fact]
    public async Task Over_the_limit_is_429_with_when_to_come_back()
    {
        app.Clock.AdvanceToMinute();
        var client = app.Client();
        for (var left = 4; left >= 0; left--)
        {
            var answer = await client.GetAsync("/api/v1/nothing-here");
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            answer.Headers.GetValues("RateLimit-Limit").Single().ShouldBe("5");
            answer.Headers.GetValues("RateLimit-Remaining").Single().ShouldBe(left.ToString(CultureInfo.InvariantCulture));
        }

        var refused = await client.GetAsync("/api/v1/nothing-here");
        (await refused.JsonAsync(HttpStatusCode.TooManyRequests)).GetProperty("code").GetString().ShouldBe("request.rate_limited");
        var seconds = refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        seconds.ShouldBeInRange(1, 60);
        refused.Headers.GetValues("RateLimit-Reset").Single().ShouldBe(seconds.ToString(CultureInfo.InvariantCulture));

        app.Clock.Advance(TimeSpan.FromSeconds(seconds));
        (await client.GetAsync("/api/v1/nothing-here")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_left_is_said_also_where_all_is_well()
    {
        app.Clock.AdvanceToMinute();
        var client = app.Client();
        for (var left = 4; left >= 3; left--)
        {
            var answer = await client.GetAsync("/api/v1/marketplace/leaderboard");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            foreach (var (name, value) in new[] { ("RateLimit-Limit", "5"), ("RateLimit-Remaining", left.ToString(CultureInfo.InvariantCulture)) })
                answer.Headers.GetValues(name).Single().ShouldBe(value);
            int.Parse(answer.Headers.GetValues("RateLimit-Reset").Single(), CultureInfo.InvariantCulture).ShouldBeInRange(1, 60);
        }
    }

    [Fact]
    public async Task Posts_without_a_credential_have_a_limit_of_their_own()
    {
        app.Clock.AdvanceToMinute();
        var client = app.Client();
        for (var i = 0; i < 2; i++)
            (await client.PostJsonAsync("/api/v1/sign-in", new { })).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);
        (await client.PostJsonAsync("/api/v1/sign-in", new { })).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Health_is_never_limited()
    {
        for (var i = 0; i < 8; i++)
            (await app.Client().GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_nodes_count_together()
    {
        // None of a running node: those share by themselves, twice a second.
        var (one, two) = (ActivatorUtilities.CreateInstance<RateLimiter>(app.Services), ActivatorUtilities.CreateInstance<RateLimiter>(app.Services));
        app.Clock.AdvanceToMinute();
        for (var i = 0; i < 3; i++)
        {
            one.Take("person:shared", 6).Allowed.ShouldBeTrue();
            two.Take("person:shared", 6).Allowed.ShouldBeTrue();
        }

        await one.ShareAsync(CancellationToken.None);
        await two.ShareAsync(CancellationToken.None);
        two.Take("person:shared", 6).Allowed.ShouldBeFalse();
        one.Take("person:shared", 7).Allowed.ShouldBeTrue();
        await one.ShareAsync(CancellationToken.None);
        one.Take("person:shared", 7).Allowed.ShouldBeFalse();
    }
}
