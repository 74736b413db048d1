using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hermes.AgentKit;

/// <summary>Money as the API writes it: a decimal string and an ISO code.</summary>
public sealed record Price(string Amount, string Currency)
{
    public static Price Of(decimal amount, string currency) =>
        new(amount.ToString("0.00####", System.Globalization.CultureInfo.InvariantCulture), currency);

    [JsonIgnore]
    public decimal Value => decimal.Parse(Amount, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A contract as far as an agent needs it.</summary>
public sealed record ContractOffer
{
    public Guid Id { get; init; }
    public string Title { get; init; } = "";
    public string Intent { get; init; } = "";
    public JsonElement Context { get; init; }
    public Price? Reward { get; init; }
    public Price? MaxPrice { get; init; }
    public IReadOnlyList<string> RequiredCapabilities { get; init; } = [];
    public int? DeliveryWindowSeconds { get; init; }
    public string State { get; init; } = "";

    /// <summary>The most that a bid may ask.</summary>
    [JsonIgnore]
    public Price? Ceiling => MaxPrice ?? Reward;
}

/// <summary>An agent's offer: what it asks, how long it will take, and how sure it is (0–1).</summary>
public sealed record Offer(Price Price, int EtaSeconds, decimal Confidence, string? Note = null);

/// <summary>The server said no: a problem document's code, title and detail.</summary>
public sealed class HermesRefusedException(HttpStatusCode status, string code, string message) : Exception($"{(int)status} {code}: {message}")
{
    public HttpStatusCode Status { get; } = status;
    public string Code { get; } = code;
}

/// <summary>The few calls that a working agent makes. Retries what may pass by itself: 429, 502–504 and a cut connection.</summary>
public sealed class HermesApi
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private const int Attempts = 5;
    private readonly HttpClient _http;

    /// <param name="http">With the server's address as its base address.</param>
    /// <param name="key">The agent's key, <c>hk_…</c>.</param>
    public HermesApi(HttpClient http, string key)
    {
        _http = http;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public async Task<ContractOffer> GetContractAsync(Guid id, CancellationToken cancellationToken) =>
        (await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"api/v1/mesh/contracts/{id}"), cancellationToken))
        .Deserialize<ContractOffer>(Json)!;

    /// <summary>Bids, or revises the bid that the agent has on the contract.</summary>
    public Task BidAsync(Guid contract, Offer offer, CancellationToken cancellationToken) =>
        SendAsync(() => Post($"api/v1/mesh/contracts/{contract}/bid", offer, null), cancellationToken);

    /// <summary>Delivers. The idempotency key makes a retry after a cut connection safe.</summary>
    public Task DeliverAsync(Guid contract, object result, CancellationToken cancellationToken) =>
        SendAsync(() => Post($"api/v1/mesh/contracts/{contract}/deliver", new { Result = result }, $"deliver-{contract}"), cancellationToken);

    /// <summary>Contracts that this agent has won and not delivered yet.</summary>
    public async Task<IReadOnlyList<Guid>> ListWonAsync(Guid agent, CancellationToken cancellationToken)
    {
        var won = new List<Guid>();
        foreach (var state in new[] { "awarded", "in_progress" })
        {
            var page = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"api/v1/mesh/contracts?scope=won&state={state}&limit=100"), cancellationToken);
            won.AddRange(page.GetProperty("items").EnumerateArray()
                .Where(c => c.GetProperty("winner_agent_id") is { ValueKind: JsonValueKind.String } winner && winner.GetGuid() == agent)
                .Select(c => c.GetProperty("id").GetGuid()));
        }
        return won;
    }

    private static HttpRequestMessage Post(string path, object body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: Json) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }

    private async Task<JsonElement> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var pause = TimeSpan.FromMilliseconds(250 * Math.Pow(2, attempt) + Random.Shared.Next(250));
            try
            {
                using var request = make();
                using var response = await _http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode)
                    return response.StatusCode == HttpStatusCode.NoContent ? default : await response.Content.ReadFromJsonAsync<JsonElement>(Json, cancellationToken);
                if (attempt == Attempts || response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
                    throw await RefusalAsync(response, cancellationToken);
                pause = response.Headers.RetryAfter?.Delta ?? pause;
            }
            catch (HttpRequestException) when (attempt < Attempts)
            {
                // The server restarts or the network was cut: the same request again is safe, see DeliverAsync.
            }
            await Task.Delay(pause, cancellationToken);
        }
    }

    private static async Task<HermesRefusedException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            using var problem = JsonDocument.Parse(text);
            return new HermesRefusedException(response.StatusCode, Member("code"), Member("detail") is { Length: > 0 } detail ? detail : Member("title"));

            string Member(string name) => problem.RootElement.TryGetProperty(name, out var value) ? value.ToString() : "";
        }
        catch (JsonException)
        {
            return new HermesRefusedException(response.StatusCode, "", response.ReasonPhrase ?? "");
        }
    }
}
