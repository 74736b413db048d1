using Hermes.Benchmarks.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>
/// One agent by id through the API against the least that a server can do for it (Kestrel, one prepared query, JSON), and the
/// marketplace page against the same with twenty rows as HTML. Server and client share the machine in both cases.
/// </summary>
public sealed class ReadsBenchmark : IBenchmark
{
    public string Name => "reads";

    public string Goal => "API reads and marketplace page ≥ 0.5 of the limit at 32 connections, p99 ≤ 40 ms";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var callers = stage.Options.Number("callers", 32, 32);
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 15, 5));
        var node = await stage.StartNodeAsync(cancellationToken);
        var tenant = await Market.TenantAsync(node.Address, "reads", 0, cancellationToken);
        var agents = await Market.AgentsAsync(node.Address, tenant, stage.Options.Number("agents", 500, 200), "text.summarize", cancellationToken);

        await using var bare = await BareAsync(await stage.OwnerAsync(cancellationToken), cancellationToken);
        var bareAddress = new Uri(bare.Urls.First());
        var row = await LoadAsync(bareAddress, null, i => $"/row/{agents[i % agents.Length].Id}", callers, time, cancellationToken);
        var cpu = node.ProcessorTime();
        var api = await LoadAsync(node.Address, tenant.Token, i => $"/api/v1/agents/{agents[i % agents.Length].Id}", callers, time, cancellationToken);
        var perRow = (node.ProcessorTime() - cpu).TotalMilliseconds / (api.Count * 4 / 3.0);
        Report.Rate("one agent by id", row.PerSecond, api.PerSecond, "/s", goalRatio: 0.5);
        Report.Time("  p99", row.P99, api.P99, "ms", goal: 40);
        Report.Note($"Hermes used {perRow:0.000} ms of processor a request");

        var list = await LoadAsync(bareAddress, null, _ => "/page", callers, time, cancellationToken);
        cpu = node.ProcessorTime();
        var page = await LoadAsync(node.Address, null, _ => "/marketplace", callers, time, cancellationToken);
        var perPage = (node.ProcessorTime() - cpu).TotalMilliseconds / (page.Count * 4 / 3.0);
        Report.Rate("marketplace page", list.PerSecond, page.PerSecond, "/s", goalRatio: 0.5);
        Report.Time("  p99", list.P99, page.P99, "ms", goal: 40);
        Report.Note($"Hermes used {perPage:0.000} ms of processor a page: visitors share a rendering for half a second");
        cpu = node.ProcessorTime();
        var rendered = await LoadAsync(node.Address, null, i => $"/marketplace?q=&n={i}", callers, time, cancellationToken);
        var perRendering = (node.ProcessorTime() - cpu).TotalMilliseconds / (rendered.Count * 4 / 3.0);
        Report.Rate("the page, rendered for each", list.PerSecond, rendered.PerSecond, "/s");
        Report.Note($"p99 {rendered.P99:0} ms; Hermes used {perRendering:0.000} ms of processor a page");
    }

    private static async Task<Measured> LoadAsync(Uri address, string? token, Func<int, string> path, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var caller = new Api(address, token, callers);
        var next = 0;
        return await Load.ForAsync(callers, time, _ => caller.DrainAsync(path(Interlocked.Increment(ref next)), cancellationToken), cancellationToken);
    }

    private static async Task<WebApplication> BareAsync(string owner, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(owner) { MaxAutoPrepare = 20 }.ConnectionString);
        app.Lifetime.ApplicationStopped.Register(source.Dispose);
        app.MapGet("/row/{id:guid}", async (Guid id) =>
        {
            await using var command = source.CreateCommand("SELECT name, description, status FROM agents.agents WHERE id = $1");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            await using var reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync() ? Results.Json(new { Id = id, Name = reader.GetString(0), Description = reader.GetString(1), Status = reader.GetString(2) }) : Results.NotFound();
        });
        app.MapGet("/page", async () =>
        {
            await using var command = source.CreateCommand("SELECT id, name, description, status FROM agents.agents ORDER BY id LIMIT 20");
            await using var reader = await command.ExecuteReaderAsync();
            var html = new System.Text.StringBuilder("<!DOCTYPE html><html><body><ul>");
            while (await reader.ReadAsync())
                html.Append("<li><a href=\"/marketplace/").Append(reader.GetGuid(0)).Append("\">")
                    .Append(System.Net.WebUtility.HtmlEncode(reader.GetString(1))).Append("</a><p>").Append(System.Net.WebUtility.HtmlEncode(reader.GetString(2))).Append("</p></li>");
            return Results.Content(html.Append("</ul></body></html>").ToString(), "text/html");
        });
        await app.StartAsync(cancellationToken);
        return app;
    }
}
