using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Billing.TestProvider;

/// <summary>
/// The test provider at work on one request, in one transaction that holds the provider's only lock: requests come one
/// after the other, which is enough for development and leaves no races to think about.
/// </summary>
internal sealed partial class TestDesk(NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset now, string root)
{
    private const string IdLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private long Now => now.ToUnixTimeSeconds();

    /// <summary>Answers a request of the API.</summary>
    public async Task<JsonObject> AnswerAsync(string method, string path, TestForm form, string? account)
    {
        var parts = path.Trim('/').Split('/');
        return (method, parts) switch
        {
            ("POST", ["customers"]) => await SaveCustomerAsync(null, form),
            ("POST", ["customers", var id]) => await SaveCustomerAsync(id, form),
            ("POST", ["checkout", "sessions"]) => await OpenSessionAsync(form),
            ("POST", ["checkout", "sessions", var id, "expire"]) => await ExpireSessionAsync(await GetAsync(id, "checkout.session")),
            ("POST", ["payment_intents"]) => await OpenIntentAsync(form),
            ("POST", ["payment_intents", var id, "confirm"]) => await ConfirmIntentAsync(await GetAsync(id, "payment_intent"), form.Required("payment_method"), form["return_url"]),
            ("POST", ["refunds"]) => await RefundAsync(form),
            ("POST", ["prices"]) => await MakePriceAsync(form),
            ("POST", ["tax_rates"]) => await MakeTaxRateAsync(form),
            ("POST", ["coupons"]) => await MakeCouponAsync(form),
            ("POST", ["billing", "meters"]) => await MakeMeterAsync(form),
            ("POST", ["billing", "meter_events"]) => await CountAsync(form),
            ("POST", ["invoices", "create_preview"]) => await PreviewAsync(form),
            ("POST", ["invoices", var id, "pay"]) => await PayInvoiceAsync(await GetAsync(id, "invoice"), false),
            ("POST", ["subscriptions", var id]) => await ChangeSubscriptionAsync(await GetAsync(id, "subscription"), form),
            ("DELETE", ["subscriptions", var id]) => await EndSubscriptionAsync(await GetAsync(id, "subscription")),
            ("POST", ["accounts"]) => await OpenAccountAsync(form),
            ("POST", ["account_links"]) => await LinkAsync(form),
            ("POST", ["transfers"]) => await TransferAsync(form),
            ("POST", ["transfers", var id, "reversals"]) => await ReverseAsync(await GetAsync(id, "transfer"), form),
            ("POST", ["payouts"]) => await PayOutAsync(form, account),
            ("GET", ["invoice_payments"]) => await InvoicePaymentsAsync(form.Required("payment.payment_intent"), path),
            ("GET", ["prices"]) => await PricesAsync(form),
            ("GET", ["billing", "meters"]) => await ListAsync("billing.meter", form, path),
            ("GET", ["checkout", "sessions"]) => await ListAsync("checkout.session", form, path),
            ("GET", ["checkout", "sessions", var id]) => await GetAsync(id, "checkout.session"),
            ("GET", [var plural]) when Kinds.TryGetValue(plural, out var kind) => await ListAsync(kind, form, path, account),
            ("GET", [var plural, var id]) when Kinds.TryGetValue(plural, out var kind) => await GetAsync(id, kind),
            _ => throw new TestProviderException(404, "invalid_request_error", null, $"Unrecognized request URL ({method}: /v1/{path.Trim('/')})."),
        };
    }

    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["customers"] = "customer",
        ["payment_intents"] = "payment_intent",
        ["charges"] = "charge",
        ["refunds"] = "refund",
        ["disputes"] = "dispute",
        ["tax_rates"] = "tax_rate",
        ["coupons"] = "coupon",
        ["subscriptions"] = "subscription",
        ["invoices"] = "invoice",
        ["accounts"] = "account",
        ["transfers"] = "transfer",
        ["payouts"] = "payout",
        ["balance_transactions"] = "balance_transaction",
        ["events"] = "event",
        ["prices"] = "price",
    };

    // Storage ------------------------------------------------------------------------------------------------------

    private static string NewId(string prefix) => $"{prefix}_{RandomNumberGenerator.GetString(IdLetters, 24)}";

    /// <summary>An object; refused as Stripe refuses when there is none of the kind.</summary>
    public async Task<JsonObject> GetAsync(string id, string kind)
    {
        await using var command = Command("SELECT data FROM billing.test_objects WHERE id = $1 AND kind = $2");
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(kind);
        return await command.ExecuteScalarAsync() is string json ? (JsonObject)JsonNode.Parse(json)!
            : throw new TestProviderException(404, "invalid_request_error", "resource_missing", $"No such {kind}: '{id}'", "id");
    }

    private async Task SaveAsync(JsonObject data, string kind, DateTimeOffset? due = null, string? account = null)
    {
        await using var command = Command("""
            INSERT INTO billing.test_objects (id, kind, account, data, due_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET data = excluded.data, due_at = excluded.due_at
            """);
        command.Parameters.AddWithValue(Text(data, "id"));
        command.Parameters.AddWithValue(kind);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = data.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter { Value = due is { } at ? at : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync();
    }

    private async Task<JsonObject?> FindAsync(string id)
    {
        await using var command = Command("SELECT data FROM billing.test_objects WHERE id = $1");
        command.Parameters.AddWithValue(id);
        return await command.ExecuteScalarAsync() is string json ? (JsonObject)JsonNode.Parse(json)! : null;
    }

    private async Task<List<JsonObject>> FindAsync(string kind, string member, string value)
    {
        await using var command = Command("SELECT data FROM billing.test_objects WHERE kind = $1 AND data->>$2 = $3 ORDER BY seq");
        command.Parameters.AddWithValue(kind);
        command.Parameters.AddWithValue(member);
        command.Parameters.AddWithValue(value);
        var found = new List<JsonObject>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            found.Add((JsonObject)JsonNode.Parse(reader.GetString(0))!);
        return found;
    }

    private async Task<JsonObject> ListAsync(string kind, TestForm form, string path, string? account = null)
    {
        var limit = (int)Math.Clamp(form.Number("limit") ?? 10, 1, 100);
        await using var command = Command("""
            SELECT data FROM billing.test_objects WHERE kind = $1 AND (data->>'created')::bigint >= $2 AND (data->>'created')::bigint < $5
              AND account IS NOT DISTINCT FROM $6 AND ($7::text IS NULL OR data->>'transfer_group' = $7) AND ($3::text IS NULL OR seq < (SELECT seq FROM billing.test_objects WHERE id = $3)) ORDER BY seq DESC LIMIT $4
            """);
        command.Parameters.AddWithValue(kind);
        command.Parameters.AddWithValue(form.Number("created.gte") ?? 0);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)form["starting_after"] ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.AddWithValue(limit + 1);
        command.Parameters.AddWithValue(form.Number("created.lt") ?? long.MaxValue);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)form["transfer_group"] ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        var data = new JsonArray();
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                data.Add(JsonNode.Parse(reader.GetString(0)));
        if (form["expand.0"] == "data.source")
            foreach (var one in data.Cast<JsonObject>())
                one["source"] = TextOrNull(one, "source") is { } source ? await FindAsync(source) : null;
        var more = data.Count > limit;
        if (more)
            data.RemoveAt(limit);
        return List(data, $"/v1/{path.Trim('/')}", more);
    }

    private async Task EmitAsync(string type, JsonObject about, string? account = null)
    {
        var happened = new JsonObject
        {
            ["id"] = NewId("evt"),
            ["object"] = "event",
            ["account"] = account,
            ["api_version"] = Stripe.StripeClient.ApiVersion,
            ["created"] = Now,
            ["data"] = new JsonObject { ["object"] = TestPaymentProvider.Public(about.DeepClone()) },
            ["livemode"] = false,
            ["pending_webhooks"] = 1,
            ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
            ["type"] = type,
        };
        if (account is null)
            happened.Remove("account");
        await SaveAsync(happened, "event", account: account);
        await using var command = Command("INSERT INTO billing.test_deliveries (event_id, next_at) VALUES ($1, $2)");
        command.Parameters.AddWithValue(Text(happened, "id"));
        command.Parameters.AddWithValue(now);
        await command.ExecuteNonQueryAsync();
    }

    private NpgsqlCommand Command(string sql) => new(sql, connection, transaction);

    private static JsonObject List(JsonArray data, string url, bool more = false) => new() { ["object"] = "list", ["data"] = data, ["has_more"] = more, ["url"] = url };

    private static string Text(JsonObject of, string member) => of[member]!.GetValue<string>();

    private static string? TextOrNull(JsonObject? of, string member) => of?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long Number(JsonObject of, string member) => of[member] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.TryGetValue<long>(out var number) ? number : value.GetValue<int>() : 0;

    private static bool Flag(JsonObject of, string member) => of[member] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    private static DateTimeOffset Instant(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static string Decimals(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    // What time does ------------------------------------------------------------------------------------------------

    /// <summary>Does what is due of one object; false when nothing is.</summary>
    public async Task<bool> TickAsync()
    {
        string? id = null, kind = null;
        await using (var command = Command("SELECT id, kind FROM billing.test_objects WHERE due_at <= $1 ORDER BY due_at, seq LIMIT 1"))
        {
            command.Parameters.AddWithValue(now);
            await using var reader = await command.ExecuteReaderAsync();
            if (await reader.ReadAsync())
                (id, kind) = (reader.GetString(0), reader.GetString(1));
        }
        if (id is null)
            return false;
        var about = await GetAsync(id, kind!);
        await (kind switch
        {
            "checkout.session" => ExpireSessionAsync(about),
            "subscription" => RenewAsync(about),
            "invoice" => PayInvoiceAsync(about, true),
            "payout" => ArriveAsync(about),
            _ => SaveAsync(about, kind!),
        });
        return true;
    }

    // Payers --------------------------------------------------------------------------------------------------------

    private async Task<JsonObject> SaveCustomerAsync(string? id, TestForm form)
    {
        var customer = id is null
            ? new JsonObject
            {
                ["id"] = NewId("cus"),
                ["object"] = "customer",
                ["balance"] = 0,
                ["created"] = Now,
                ["currency"] = null,
                ["delinquent"] = false,
                ["invoice_settings"] = new JsonObject { ["default_payment_method"] = null },
                ["livemode"] = false,
            }
            : await GetAsync(id, "customer");
        foreach (var member in new[] { "name", "email", "description" })
            customer[member] = form[member] ?? customer[member]?.DeepClone();
        customer["address"] = new JsonObject { ["country"] = form["address.country"] ?? TextOrNull(customer["address"] as JsonObject, "country") };
        customer["metadata"] = form.Object("metadata");
        await SaveAsync(customer, "customer");
        return customer;
    }
}
