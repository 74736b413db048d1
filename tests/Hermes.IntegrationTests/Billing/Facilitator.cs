using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.Billing;

/// <summary>A facilitator of x402 on this machine, with a chain that takes each signature once. Tests make it refuse, lie, hang or die.</summary>
internal sealed class Facilitator : IAsyncDisposable
{
    public const string PayTo = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
    public const string Payer = "0x857b06519e91e3a54538791bdbb0e22373e36b66";
    private readonly WebApplication _server = WebApplication.CreateSlimBuilder().Build();

    /// <summary>What is on the chain: transactions by nonce.</summary>
    public ConcurrentDictionary<string, string> Settled { get; } = new();

    /// <summary>Requests by what was asked.</summary>
    public ConcurrentBag<(string What, JsonNode Body)> Asked { get; } = [];

    /// <summary>What it answers to verify instead of the truth; null for the truth.</summary>
    public Func<HttpContext, Task<IResult>>? Verify { get; set; }

    /// <summary>What it answers to settle, after it did; null for the truth.</summary>
    public Func<HttpContext, Task<IResult>>? AfterSettle { get; set; }

    /// <summary>What it answers to settle instead of doing it; null: it does it.</summary>
    public Func<HttpContext, Task<IResult>>? Settle { get; set; }

    public IEnumerable<(string Key, string Value)> Settings =>
    [
        ("Hermes:Billing:X402:Facilitator", _server.Urls.First()), ("Hermes:Billing:X402:Token", "facilitators-token"), ("Hermes:Billing:X402:PayTo", PayTo),
        ("Hermes:Billing:X402:Network", "base-sepolia"), ("Hermes:Billing:X402:AnswerSeconds", "2"), ("Hermes:Outgoing:AllowHttp", "true"),
    ];

    public static async Task<Facilitator> StartAsync()
    {
        var made = new Facilitator();
        made._server.Urls.Add("http://127.0.0.1:0");
        made._server.MapPost("/verify", async (HttpContext context) =>
        {
            await made.TakeAsync("verify", context);
            return made.Verify is { } other ? await other(context) : Results.Json(new { isValid = true, payer = Payer });
        });
        made._server.MapPost("/settle", async (HttpContext context) =>
        {
            var body = await made.TakeAsync("settle", context);
            if (made.Settle is { } other)
                return await other(context);
            var transaction = made.Settled.GetOrAdd((string)body["paymentPayload"]!["payload"]!["authorization"]!["nonce"]!, _ => $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}");
            return made.AfterSettle is { } after ? await after(context) : Results.Json(new { success = true, transaction, network = "base-sepolia", payer = Payer });
        });
        await made._server.StartAsync();
        return made;
    }

    /// <summary>Honest again.</summary>
    public void Mend() => (Verify, Settle, AfterSettle) = (null, null, null);

    /// <summary>An X-PAYMENT header.</summary>
    public static string Sign(string value, DateTimeOffset now, string? to = null, string network = "base-sepolia", string? nonce = null, int seconds = 300, string? before = null) => Header(new
    {
        x402Version = 1,
        scheme = "exact",
        network,
        payload = new
        {
            signature = "0x" + new string('a', 130),
            authorization = new
            {
                from = Payer,
                to = to ?? PayTo,
                value,
                validAfter = (now.ToUnixTimeSeconds() - 10).ToString(System.Globalization.CultureInfo.InvariantCulture),
                validBefore = before ?? (now.ToUnixTimeSeconds() + seconds).ToString(System.Globalization.CultureInfo.InvariantCulture),
                nonce = nonce ?? $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}",
            },
        },
    });

    public static string Header(object payment) => Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(payment)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<JsonNode> TakeAsync(string what, HttpContext context)
    {
        context.Request.Headers.Authorization.ToString().ShouldBe("Bearer facilitators-token");
        var body = (await JsonNode.ParseAsync(context.Request.Body))!;
        Asked.Add((what, body));
        return body;
    }
}
