using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Agents;

public sealed class AgentTests
{
    private static readonly AgentProfile Good = new("A", "", ["a.b"], null, Money.Usd(1), AgentVisibility.Public, [], [], 1);

    private static Agent NewAgent() => Agent.Register(new TenantId(Guid.CreateVersion7()), Good, TimeProvider.System).Value;

    [Theory]
    [InlineData(" Text.Summarize ", "text.summarize")]
    [InlineData("SVG chart", "svg-chart")]
    public void Slugs_are_normalised(string text, string slug) => Slugs.Normalise(text).ShouldBe(slug);

    [Theory]
    [InlineData("a", true)]
    [InlineData("text.extract-facts_2", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("a..b", false)]
    [InlineData("a-", false)]
    [InlineData("Ä", false)]
    [InlineData("a b", false)]
    public void A_slug_has_a_form(string slug, bool valid) => Slugs.IsValid(slug).ShouldBe(valid);

    [Fact]
    public void Equal_sets_of_capabilities_are_equal_lists() =>
        Agent.Register(new TenantId(Guid.CreateVersion7()), Good with { Capabilities = ["b", "A", "a", " "] }, TimeProvider.System).Value.Capabilities.ShouldBe(["a", "b"]);

    [Theory]
    [InlineData("https://a.example/x", true)]
    [InlineData("http://127.0.0.1:80", true)]
    [InlineData("/relative", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://u:p@a.example", false)]
    [InlineData("https://", false)]
    public void An_endpoint_is_a_web_address_without_secrets(string endpoint, bool good) =>
        Agent.Register(new TenantId(Guid.CreateVersion7()), Good with { Endpoint = endpoint }, TimeProvider.System).Succeeded.ShouldBe(good);

    [Fact]
    public void A_key_is_long_random_and_known_by_its_hash()
    {
        var agent = NewAgent();
        var (key, text) = AgentKey.Make(agent, null, null, TimeProvider.System).Value;
        var other = AgentKey.Make(agent, null, null, TimeProvider.System).Value.Text;

        AgentKey.LooksLikeKey(text).ShouldBeTrue();
        text.ShouldStartWith(key.Prefix);
        key.Hash.ShouldBe(AgentKey.HashOf(text));
        other.ShouldNotBe(text);
        AgentKey.LooksLikeKey("hp_" + text[3..]).ShouldBeFalse();
        AgentKey.LooksLikeKey(text + "A").ShouldBeFalse();
        AgentKey.LooksLikeKey(null).ShouldBeFalse();
    }

    [Fact]
    public void An_overlap_shortens_a_key_and_never_lengthens_it()
    {
        var now = TimeProvider.System.GetUtcNow();
        var endless = AgentKey.Make(NewAgent(), null, null, TimeProvider.System).Value.Key;
        var soon = AgentKey.Make(NewAgent(), null, now.AddHours(1), TimeProvider.System).Value.Key;
        var revoked = AgentKey.Make(NewAgent(), null, null, TimeProvider.System).Value.Key;
        revoked.Revoke(TimeProvider.System);

        endless.EndAfter(TimeSpan.FromHours(5), TimeProvider.System);
        soon.EndAfter(TimeSpan.FromHours(5), TimeProvider.System);
        revoked.EndAfter(TimeSpan.FromHours(5), TimeProvider.System);

        endless.IsLive(now.AddHours(4.9)).ShouldBeTrue();
        endless.IsLive(now.AddHours(5.1)).ShouldBeFalse();
        soon.ExpiresAt.ShouldBe(now.AddHours(1));
        revoked.ExpiresAt.ShouldBeNull();
        endless.EndAfter(TimeSpan.Zero, TimeProvider.System);
        endless.IsLive(now).ShouldBeFalse();
    }
}
