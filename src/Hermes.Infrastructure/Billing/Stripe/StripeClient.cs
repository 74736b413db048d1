using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Billing.Stripe;

/// <summary>
/// Speaks Stripe's API: form-encoded requests, a pinned version, idempotency keys, retries of what is safe to retry, and
/// errors in Hermes' words. Logs paths, statuses and Stripe's request ids, never keys or bodies.
/// </summary>
internal sealed class StripeClient(HttpMessageInvoker http, Uri api, string secretKey, TimeProvider clock, ILogger logger)
{
    /// <summary>The version whose shapes <see cref="StripeJson"/> reads.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    private const int MostTries = 4;
    private const int MostPages = 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Task<Result<T>> GetAsync<T>(string path, Form query, CancellationToken cancellationToken, string? account = null) =>
        SendAsync<T>(HttpMethod.Get, query.Count == 0 ? path : $"{path}?{query}", null, null, account, cancellationToken);

    /// <summary>Posts. Without a key it is sent once only.</summary>
    public Task<Result<T>> PostAsync<T>(string path, Form form, string? key, CancellationToken cancellationToken, string? account = null) =>
        SendAsync<T>(HttpMethod.Post, path, form, key, account, cancellationToken);

    /// <summary>A list page by page, newest first as Stripe gives it; not all of it when it has more than <see cref="MostPages"/> pages.</summary>
    public async Task<Result<Listed<T>>> ListAsync<T>(string path, Form query, Func<T, string> id, CancellationToken cancellationToken, string? account = null)
    {
        var all = new List<T>();
        for (var page = 0; page < MostPages; page++)
        {
            var next = new Form(query) { { "limit", "100" } };
            if (all.Count > 0)
                next.Add("starting_after", id(all[^1]));
            var read = await GetAsync<StripeList<T>>(path, next, cancellationToken, account);
            if (!read.Succeeded)
                return read.Error;
            all.AddRange(read.Value.Data);
            if (!read.Value.HasMore || read.Value.Data.Count == 0)
                return new Listed<T>(all, true);
        }
        return new Listed<T>(all, false);
    }

    private async Task<Result<T>> SendAsync<T>(HttpMethod method, string path, Form? form, string? key, string? account, CancellationToken cancellationToken)
    {
        var repeatable = method == HttpMethod.Get || key is not null;
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? wanted = null;
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(api, path));
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secretKey);
                request.Headers.Add("Stripe-Version", ApiVersion);
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                if (account is not null)
                    request.Headers.Add("Stripe-Account", account);
                if (form is not null)
                    request.Content = new StringContent(form.ToString(), Encoding.ASCII, "application/x-www-form-urlencoded");
                using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                time.CancelAfter(Patience);
                using var response = await http.SendAsync(request, time.Token);
                var body = await response.Content.ReadAsByteArrayAsync(time.Token);
                if (response.IsSuccessStatusCode)
                    return StripeJson.Read<T>(JsonElement.Parse(body));
                var error = ErrorOf(body);
                logger.LogInformation("Stripe answered {Status} {Type} {Code} to {Method} {Path} (its request {RequestId}, attempt {Attempt})",
                    (int)response.StatusCode, error?.Type, error?.Code ?? error?.DeclineCode, method, path.Split('?')[0], Header(response, "Request-Id"), attempt);
                if (!repeatable || attempt == MostTries || !ShouldRepeat(response, error))
                    return Refusal(response.StatusCode, error);
                wanted = response.Headers.RetryAfter?.Delta;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                logger.LogWarning("Stripe can't be reached for {Method} {Path}: {Failure} (attempt {Attempt})", method, path.Split('?')[0], failure.GetType().Name, attempt);
                if (!repeatable || attempt == MostTries)
                    return BillingErrors.ProviderAway;
            }
            var pause = wanted ?? TimeSpan.FromMilliseconds(250 * Math.Pow(2, attempt - 1) * (1 + Random.Shared.NextDouble()) / 2);
            await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellationToken);
        }
    }

    private static bool ShouldRepeat(HttpResponseMessage response, StripeApiError? error) => Header(response, "Stripe-Should-Retry") switch
    {
        "true" => true,
        "false" => false,
        _ => response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)response.StatusCode >= 500
             || (response.StatusCode == HttpStatusCode.Conflict && error?.Type != "idempotency_error"),
    };

    private static Error Refusal(HttpStatusCode status, StripeApiError? error) => (error?.Type, status) switch
    {
        ("card_error", _) => BillingErrors.Declined(error.Message),
        ("invalid_request_error", _) when error.Param is { } param && (param.Contains("coupon", StringComparison.Ordinal) || param.Contains("discounts", StringComparison.Ordinal) || param.Contains("promotion", StringComparison.Ordinal)) => BillingErrors.BadCoupon,
        (_, HttpStatusCode.TooManyRequests) => BillingErrors.ProviderAway,
        (_, >= HttpStatusCode.InternalServerError) => BillingErrors.ProviderAway,
        (_, HttpStatusCode.Conflict) when error?.Type != "idempotency_error" => BillingErrors.ProviderAway,
        _ => BillingErrors.ProviderRefused,
    };

    private static StripeApiError? ErrorOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<StripeErrorBody>(body, StripeJson.Options)?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}

/// <summary>Members of a request in Stripe's bracket notation: <c>items[0][price]</c>. Null values are left out.</summary>
internal sealed class Form : List<KeyValuePair<string, string>>
{
    public Form()
    {
    }

    public Form(Form other) : base(other)
    {
    }

    public void Add(string name, string? value)
    {
        if (value is not null)
            Add(new KeyValuePair<string, string>(name, value));
    }

    public void Add(string name, long value) => Add(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public override string ToString() => string.Join('&', this.Select(p => $"{Uri.EscapeDataString(p.Key).Replace("%5B", "[", StringComparison.Ordinal).Replace("%5D", "]", StringComparison.Ordinal)}={Uri.EscapeDataString(p.Value)}"));
}
