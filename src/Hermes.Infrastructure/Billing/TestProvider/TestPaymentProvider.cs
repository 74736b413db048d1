using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Billing.TestProvider;

/// <summary>
/// A payment provider inside Hermes, for development: it answers in Stripe's shapes, keeps its things in tables of its own,
/// has its own pages and sends signed webhooks. Nothing in it is real, and it is never there in Production.
/// </summary>
internal sealed class TestPaymentProvider([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, HermesDatabase database, IPublicLinks links, TimeProvider clock)
    : ITestCheckouts, ITestProviderApi
{
    /// <summary>The provider's name.</summary>
    public const string Name = "test";

    private const long Lock = 0x4865726D65735470; // "HermesTp"

    // The same on every node that shares the database. Whoever may read the database's password may do anything anyhow.
    private readonly string _secret = SecretOf(database);

    /// <summary>What its API is asked with.</summary>
    public string ApiKey => "sk_test_" + _secret[..32];

    /// <summary>What its webhooks are signed with.</summary>
    public string WebhookSecret => "whsec_" + _secret[32..];

    public bool IsThere => true;

    /// <summary>Answers a request of the API.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Path after <c>/v1</c> and query.</param>
    /// <param name="body">The form; null for none.</param>
    /// <param name="authorization">Bearer or basic, as Stripe takes both.</param>
    /// <param name="key">Idempotency key; null for none.</param>
    /// <param name="account">The payee in whose name; null for the installation.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<(int Status, string Body)> AnswerAsync(string method, string target, string? body, string? authorization, string? key, string? account, CancellationToken cancellationToken)
    {
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(KeyOf(authorization)), Encoding.UTF8.GetBytes(ApiKey)))
            return (401, Error("invalid_request_error", "Invalid API Key provided."));
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, form) = question < 0 ? (target, body) : (target[..question], method == "POST" ? body : target[(question + 1)..]);
        var fingerprint = SHA256.HashData(Encoding.UTF8.GetBytes($"{method} {path}\n{account}\n{form}"));
        try
        {
            return await WithDeskAsync<(int, string)>(async (desk, connection, transaction) =>
            {
                if (key is not null && await EarlierAsync(connection, transaction, key, cancellationToken) is var (earlier, status, text))
                    return earlier.AsSpan().SequenceEqual(fingerprint) ? (status, text)
                        : (400, Error("idempotency_error", "Keys for idempotent requests can only be used with the same parameters they were first used with."));
                int answered;
                string answer;
                try
                {
                    (answered, answer) = (200, Public(await desk.AnswerAsync(method, path, new TestForm(form), account)).ToJsonString());
                }
                catch (TestProviderException refusal) when (refusal.Keeps)
                {
                    (answered, answer) = (refusal.Status, Public(refusal.Body).ToJsonString());
                }
                if (key is not null)
                    await RememberAsync(connection, transaction, key, fingerprint, answered, answer, cancellationToken);
                return (answered, answer);
            }, cancellationToken);
        }
        catch (TestProviderException refusal)
        {
            return (refusal.Status, Public(refusal.Body).ToJsonString());
        }
    }

    public async Task<TestProviderAnswer?> AskAsync(AskTestProvider request, CancellationToken cancellationToken)
    {
        var (status, body) = await AnswerAsync(request.Method, request.Target, request.Body, request.Authorization, request.Key, request.Account, cancellationToken);
        return new TestProviderAnswer(status, body);
    }

    public async Task<TestCheckout?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await WithDeskAsync(async (desk, _, _) => Checkout(await desk.GetAsync(id, "checkout.session")), cancellationToken);
        }
        catch (TestProviderException)
        {
            return null;
        }
    }

    public Task<Result<string>> PayAsync(string id, string? card, CancellationToken cancellationToken) => PageAsync(async desk =>
        TestDesk.MethodOf(card) is not { } method ? Domain.Shared.Error.Invalid("billing.unknown_card", "Only the test cards named below work here.")
        : await desk.PayAsync(id, method) is (var url, var problem) && url is not null ? url : BillingErrors.Declined(problem), cancellationToken);

    public Task<Result<string>> ExpireAsync(string id, CancellationToken cancellationToken) => PageAsync(async desk =>
    {
        var session = await desk.GetAsync(id, "checkout.session");
        await desk.ExpireSessionAsync(session);
        return session["cancel_url"]?.GetValue<string>() ?? links.To("/");
    }, cancellationToken);

    public Task<Result<string>> AuthenticateAsync(string payment, bool approve, CancellationToken cancellationToken) => PageAsync(async desk => await desk.AuthenticateAsync(payment, approve), cancellationToken);

    public Task<Result<string>> OnboardAsync(string payee, string bank, CancellationToken cancellationToken) => PageAsync(async desk => await desk.OnboardAsync(payee, bank), cancellationToken);

    public Task<Result<string>> PayInvoiceAsync(string invoice, CancellationToken cancellationToken) => PageAsync(async desk =>
    {
        await desk.PayInvoiceAsync(await desk.GetAsync(invoice, "invoice"), false);
        return links.To("/billing");
    }, cancellationToken);

    /// <summary>The payer's bank gives a disputed charge back.</summary>
    public Task<Result<string>> WinAsync(string dispute, CancellationToken cancellationToken) => PageAsync(async desk =>
    {
        await desk.WinAsync(dispute);
        return dispute;
    }, cancellationToken);

    /// <summary>Does one thing that is due; false when nothing is.</summary>
    public Task<bool> TickAsync(CancellationToken cancellationToken) => WithDeskAsync((desk, _, _) => desk.TickAsync(), cancellationToken);

    private async Task<Result<string>> PageAsync(Func<TestDesk, Task<Result<string>>> act, CancellationToken cancellationToken)
    {
        try
        {
            return await WithDeskAsync<Result<string>>(async (desk, _, _) =>
            {
                try
                {
                    return await act(desk);
                }
                catch (TestProviderException refusal) when (refusal.Keeps)
                {
                    return BillingErrors.Declined(refusal.Message);
                }
            }, cancellationToken);
        }
        catch (TestProviderException)
        {
            return BillingErrors.PurchaseNotFound;
        }
    }

    private async Task<T> WithDeskAsync<T>(Func<TestDesk, NpgsqlConnection, NpgsqlTransaction, Task<T>> act, CancellationToken cancellationToken)
    {
        await using var connection = await engine.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", connection, transaction))
            await take.ExecuteNonQueryAsync(cancellationToken);
        var answer = await act(new TestDesk(connection, transaction, clock.GetUtcNow(), links.To("")), connection, transaction);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private static async Task<(byte[] Fingerprint, int Status, string Body)?> EarlierAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT fingerprint, status, body::text FROM billing.test_answers WHERE key = $1", connection, transaction);
        command.Parameters.AddWithValue(key);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetFieldValue<byte[]>(0), row.GetInt32(1), row.GetString(2)) : null;
    }

    private static async Task RememberAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string key, byte[] fingerprint, int status, string body, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("INSERT INTO billing.test_answers (key, fingerprint, status, body) VALUES ($1, $2, $3, $4::jsonb)", connection, transaction);
        command.Parameters.AddWithValue(key);
        command.Parameters.AddWithValue(fingerprint);
        command.Parameters.AddWithValue(status);
        command.Parameters.AddWithValue(body);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private TestCheckout Checkout(JsonObject session) => new(
        session["id"]!.GetValue<string>(), session["mode"]!.GetValue<string>(), session["status"]!.GetValue<string>(),
        string.Join(", ", session["hermes_items"]!.AsArray().Select(i => i!["name"]?.GetValue<string>() ?? "Plan")),
        session["amount_total"] is { } total && Currency.TryParse(session["currency"]?.GetValue<string>().ToUpperInvariant(), out var currency) ? MinorUnits.ToMoney(total.GetValue<long>(), currency) : null,
        DateTimeOffset.FromUnixTimeSeconds(session["expires_at"]!.GetValue<long>()) <= clock.GetUtcNow(),
        session["cancel_url"]?.GetValue<string>());

    /// <summary>Without what Stripe would keep to itself.</summary>
    internal static JsonNode Public(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var name in members.Select(m => m.Key).Where(n => n.StartsWith("hermes_", StringComparison.Ordinal)).ToList())
                    members.Remove(name);
                foreach (var (name, inner) in members)
                    if (inner is not null && name != "metadata")
                        Public(inner);
                break;
            case JsonArray elements:
                foreach (var inner in elements)
                    if (inner is not null)
                        Public(inner);
                break;
        }
        return node;
    }

    private static string SecretOf(HermesDatabase database)
    {
        var connection = new NpgsqlConnectionStringBuilder(database.Engine);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"hermes test provider {connection.Password} {connection.Database}")));
    }

    private static string KeyOf(string? authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header.Parameter is not { } given)
            return "";
        if (!header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return given;
        var bytes = new byte[given.Length];
        return Convert.TryFromBase64String(given, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd(':') : "";
    }

    private static string Error(string type, string message) => new JsonObject { ["error"] = new JsonObject { ["type"] = type, ["message"] = message } }.ToJsonString();
}

/// <summary>Takes requests of the typed client to the provider in this process, without a network.</summary>
internal sealed class TestTransport(TestPaymentProvider provider) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var (status, text) = await provider.AnswerAsync(request.Method.Method, request.RequestUri!.PathAndQuery["/v1/".Length..], body, request.Headers.Authorization?.ToString(),
            Header("Idempotency-Key"), Header("Stripe-Account"), cancellationToken);
        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(text, Encoding.UTF8, "application/json"), RequestMessage = request };

        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }
}
