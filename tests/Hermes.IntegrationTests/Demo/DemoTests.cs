using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Hermes.Application.Shared.Settings;
using Hermes.IntegrationTests.Shared;
using Hermes.Web.Demo;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Hermes.IntegrationTests.Demo;

public sealed class DemoTests
{
    [Theory]
    [InlineData("Development", null, true)]
    [InlineData("Development", false, false)]
    [InlineData("Staging", null, false)]
    [InlineData("Staging", true, true)]
    [InlineData("Production", null, false)]
    [InlineData("Production", true, false)]
    public void There_is_no_demo_in_production_whatever_the_settings_say(string environment, bool? setting, bool on)
    {
        var demo = new DemoSwitch(new InstallationSettings { Demo = setting }, new BootstrapSettings(), new Named(environment));

        demo.IsOn.ShouldBe(on);
        demo.People.Count.ShouldBe(on ? 9 : 0);
    }

    [Fact]
    public async Task The_first_start_plays_real_contracts_and_another_node_takes_over()
    {
        await using var stage = new Stage();
        await stage.CloneOnlyAsync();
        var first = Start(stage);
        using var client = await SignedInAsync(first);

        foreach (var count in (int[])[1, 2, 3])
            await Eventually.HoldsAsync(async () => (await ContractsAsync(client, "settled")).Count >= count);
        var settled = (await ContractsAsync(client, "settled"))[0];
        var delivery = await (await client.GetAsync($"/api/v1/mesh/contracts/{settled.GetProperty("id").GetString()}/delivery")).JsonAsync(HttpStatusCode.OK);
        delivery.GetRawText().Length.ShouldBeGreaterThan(100);
        await Eventually.IsAsync(() => OnlineAsync(client), 6);
        var summarizer = (await (await client.GetAsync("/api/v1/agents?capability=text.summarize")).JsonAsync(HttpStatusCode.OK)).GetProperty("items")[0].GetProperty("id").GetGuid();
        var answered = await (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = summarizer, input = "The board met on Monday. It decided to open an office in Lisbon. Coffee was served.", timeout_seconds = 60 }))
            .JsonAsync(HttpStatusCode.OK);
        answered.GetProperty("call").GetProperty("state").GetString().ShouldBe("completed");
        answered.GetRawText().ShouldContain("Lisbon");

        var second = Start(stage);
        await first.DisposeAsync();
        using var again = await SignedInAsync(second);
        await Eventually.IsAsync(() => OnlineAsync(again), 6);

        (await stage.SqlAsync<long>("SELECT count(*) FROM tenancy.tenants WHERE slug IN ('aurora-press', 'basalt-labs', 'cobalt-studio')")).ShouldBe(3);
        (await stage.SqlAsync<long>("SELECT count(*) FROM agents.agents")).ShouldBe(6);
        (await stage.SqlAsync<long>("SELECT count(*) FROM agents.agent_keys WHERE revoked_at IS NULL")).ShouldBe(6);
        await second.DisposeAsync();
    }

    private static WebApplicationFactory<Program> Start(Stage stage)
    {
        var node = stage.NewNode();
        node.UseKestrel();
        node.StartServer();
        return node;
    }

    private static async Task<HttpClient> SignedInAsync(WebApplicationFactory<Program> node)
    {
        var client = new HttpClient { BaseAddress = new Uri(node.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        var person = DemoCast.Tenants[0].People[0];
        await Eventually.HoldsAsync(async () =>
        {
            var response = await client.PostJsonAsync("/api/v1/tokens", new { email = person.Email, password = DemoCast.Password, tenant = DemoCast.Tenants[0].Slug, name = "test" });
            if (response.StatusCode != HttpStatusCode.Created)
                return false;
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await response.JsonAsync(HttpStatusCode.Created)).GetProperty("token").GetString());
            return true;
        }, "the demo's people sign in");
        return client;
    }

    private static async Task<List<JsonElement>> ContractsAsync(HttpClient client, string state) =>
        [.. (await (await client.GetAsync($"/api/v1/mesh/contracts?scope=mine&state={state}&limit=50")).JsonAsync(HttpStatusCode.OK)).GetProperty("items").EnumerateArray()];

    private static async Task<int> OnlineAsync(HttpClient client) =>
        (await (await client.GetAsync("/api/v1/agents?available=true")).JsonAsync(HttpStatusCode.OK)).GetProperty("items").GetArrayLength();

    private sealed class Stage : HermesApp, IAsyncDisposable
    {
        public Stage()
        {
            Set("Hermes:Demo", "true");
            Set("urls", "http://127.0.0.1:0");
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }

    private sealed class Named(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
