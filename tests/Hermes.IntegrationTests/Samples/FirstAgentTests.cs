using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Samples;

/// <summary>A theory that needs Python, which is not part of what the tests may expect of a machine.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3"))))
            Skip = "There is no python3 on this machine.";
    }
}

/// <summary>The same small agent in three languages, each as a program of its own: registered, bidding, delivering, called.</summary>
public sealed class FirstAgentTests
{
    [PythonFact]
    public Task In_Python() => WorksAsync(new ProcessStartInfo("python3") { ArgumentList = { Repository.PathOf("samples/python/agent.py") } });

    [Fact]
    public Task In_CSharp() => WorksAsync(new ProcessStartInfo("dotnet")
    {
        ArgumentList = { Repository.PathOf("samples", "Hermes.FirstAgent", "bin", Repository.Configuration, "net10.0", "Hermes.FirstAgent.dll") },
    });

    [Fact]
    public async Task In_TypeScript()
    {
        var folder = Repository.PathOf("samples/typescript");
        if (!File.Exists(Path.Combine(folder, "node_modules/.package-lock.json")))
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", "install --no-audit --no-fund --no-package-lock --loglevel=error") { WorkingDirectory = folder })!;
            await npm.WaitForExitAsync();
            npm.ExitCode.ShouldBe(0);
        }
        await WorksAsync(new ProcessStartInfo("node") { ArgumentList = { Path.Combine(folder, "node_modules/tsx/dist/cli.mjs"), Path.Combine(folder, "agent.ts") } });
    }

    [Theory]
    [InlineData("samples/python/agent.py")]
    [InlineData("samples/typescript/agent.ts")]
    [InlineData("samples/Hermes.FirstAgent/Program.cs")]
    public void Each_is_read_in_a_minute(string file) => File.ReadAllLines(Repository.PathOf(file)).Length.ShouldBeLessThan(100);

    private static async Task WorksAsync(ProcessStartInfo program)
    {
        await using var stage = new Stage();
        await stage.CloneOnlyAsync();
        await using var node = stage.NewNode();
        node.UseKestrel();
        node.StartServer();
        var address = node.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        HttpClient Caller(string token) => new() { BaseAddress = new Uri(address), DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
        using var operators = Caller(OperatorApp.OperatorToken);
        var poster = await TenantAsync(operators, "poster");
        var owner = await TenantAsync(operators, "owner");

        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("hermes-first-agent-");
        program.WorkingDirectory = folder.FullName;
        program.Environment["HERMES"] = address;
        program.Environment["HERMES_TOKEN"] = owner.Token;
        program.Environment["PORT"] = $"{port}";
        program.Environment["PRICE"] = "0.25";
        program.RedirectStandardOutput = program.RedirectStandardError = true;
        using var agent = Process.Start(program)!;
        _ = agent.StandardOutput.ReadToEndAsync();
        var complaints = agent.StandardError.ReadToEndAsync();
        try
        {
            using var http = Caller(poster.Token);
            await Eventually.HoldsAsync(async () =>
                agent.HasExited ? throw new InvalidOperationException(await complaints)
                : (await (await http.GetAsync("/api/v1/agents?capability=text.count")).JsonAsync(HttpStatusCode.OK)).GetProperty("items").GetArrayLength() == 1);

            (await http.PostJsonAsync($"/api/v1/orgs/{poster.Id}/wallet", new { amount = new { amount = "5.00", currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.Created);
            var contract = (await (await http.PostJsonAsync("/api/v1/mesh/contracts", new
            {
                title = "Count",
                intent = "Count the words.",
                context = new { text = "One two three. Four, five and seven!" },
                reward = new { amount = "0.50", currency = "USD" },
                required_capabilities = new[] { "text.count" },
                bidding_window_seconds = 600,
                delivery_window_seconds = 600,
            })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
            await Eventually.HoldsAsync(async () => (await (await http.GetAsync($"/api/v1/mesh/contracts/{contract}/bids")).JsonAsync(HttpStatusCode.OK)).GetProperty("count").GetInt32() == 1);
            (await http.PostJsonAsync($"/api/v1/mesh/contracts/{contract}/award", new { })).StatusCode.ShouldBe(HttpStatusCode.OK);
            var delivery = await Eventually.ReadAsync(
                async () => await (await http.GetAsync($"/api/v1/mesh/contracts/{contract}/delivery")).Content.ReadFromJsonAsync<JsonElement>(),
                answer => answer.TryGetProperty("delivered_at", out var at) && at.ValueKind == JsonValueKind.String);
            Counted(delivery.GetProperty("result"));

            // Called through Hermes by another organisation: found, proved, paid.
            var self = (await (await http.GetAsync("/api/v1/agents?capability=text.count")).JsonAsync(HttpStatusCode.OK)).GetProperty("items")[0].GetProperty("id").GetGuid();
            JsonElement called = default;
            await Eventually.HoldsAsync(async () =>
            {
                var executed = await http.PostJsonAsync("/api/v1/agents/execute", new { agent_id = self, input = "One two three. Four, five and seven!" });
                called = await executed.Content.ReadFromJsonAsync<JsonElement>();
                return executed.StatusCode == HttpStatusCode.OK;
            }, "the agent is called");
            called.GetProperty("call").GetProperty("payment").GetString().ShouldBe("settled");
            Counted(called.GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("data"));

            using var caller = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
            (await caller.GetFromJsonAsync<JsonElement>(".well-known/agent-card.json")).GetProperty("skills")[0].GetProperty("id").GetString().ShouldBe("text.count");
            var done = await CallAsync(caller, "SendMessage", Message("One two three. Four, five and seven!", false));
            done.GetProperty("task").GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_COMPLETED");
            Counted(done.GetProperty("task").GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("data"));
            var id = (await CallAsync(caller, "SendMessage", Message("One", true))).GetProperty("task").GetProperty("id").GetString();
            (await CallAsync(caller, "CancelTask", new { id })).GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_CANCELED");
            (await CallAsync(caller, "GetTask", new { id })).GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_CANCELED");

            // It ends when it is told to.
            if (!OperatingSystem.IsWindows())
            {
                using var told = Process.Start("kill", ["-TERM", $"{agent.Id}"]);
                await agent.WaitForExitAsync().WaitAsync(Eventually.Patience);
            }
        }
        finally
        {
            agent.Kill(entireProcessTree: true);
            await agent.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    private static void Counted(JsonElement result) =>
        (result.GetProperty("words").GetInt32(), result.GetProperty("sentences").GetInt32(), result.GetProperty("longest").GetString()).ShouldBe((7, 2, "three"));

    private static object Message(string text, bool returnImmediately) => new
    {
        message = new { messageId = Guid.NewGuid().ToString(), role = "ROLE_USER", parts = new[] { new { text } } },
        configuration = new { returnImmediately },
    };

    private static async Task<JsonElement> CallAsync(HttpClient caller, string method, object parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "") { Content = JsonContent.Create(new { jsonrpc = "2.0", id = 1, method, @params = parameters }) };
        // The SDK's server reads no chunked body in every version: say how long it is.
        await request.Content.LoadIntoBufferAsync();
        request.Headers.Add("A2A-Version", "1.0");
        var answer = await (await caller.SendAsync(request)).Content.ReadFromJsonAsync<JsonElement>();
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException(answer.GetRawText());
    }

    private static async Task<(Guid Id, string Token)> TenantAsync(HttpClient operators, string slug)
    {
        var tenant = await (await operators.PostJsonAsync("/api/v1/admin/tenants", new { name = slug, slug, owner = new { email = $"{slug}@first.test", password = OperatorApp.Password, name = slug } }))
            .JsonAsync(HttpStatusCode.Created);
        using var nobody = new HttpClient { BaseAddress = operators.BaseAddress };
        var token = await (await nobody.PostJsonAsync("/api/v1/tokens", new { email = $"{slug}@first.test", password = OperatorApp.Password, tenant = slug, name = "test" })).JsonAsync(HttpStatusCode.Created);
        return (tenant.GetProperty("id").GetGuid(), token.GetProperty("token").GetString()!);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Stage : OperatorApp, IAsyncDisposable
    {
        public Stage()
        {
            Set("urls", "http://127.0.0.1:0");
            Set("Hermes:Ledger:DevelopmentCredits", "true");
            // The agent is found once it was seen working.
            Set("Hermes:Probes:Enabled", "true");
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
