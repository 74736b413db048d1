using System.Text.Json;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Reads rates over HTTP by the guarded client: JSON with a base, a date or timestamp, and rates by currency.</summary>
internal sealed class RateSource(IOutgoingHttp http, ExchangeSettings settings, TimeProvider clock)
{
    /// <summary>What the source says now, of currencies that Hermes books; null where none is configured.</summary>
    /// <exception cref="OutgoingFailedException">There is no answer.</exception>
    /// <exception cref="FormatException">The answer is not understood.</exception>
    public async Task<FetchedRates?> ReadAsync(CancellationToken cancellationToken)
    {
        if (settings.Source is not { } url)
            return null;
        var answer = await http.SendAsync(new OutgoingRequest(HttpMethod.Get, url), new OutgoingLimits(), cancellationToken);
        if (!answer.Succeeded)
            throw new FormatException($"The source of rates answered {answer.Status}.");
        try
        {
            using var json = JsonDocument.Parse(answer.Body);
            return Understood(json.RootElement, url.Host.Length > RateBook.MaxSource ? url.Host[..RateBook.MaxSource] : url.Host);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("The source of rates answered something that is not understood.", failure);
        }
    }

    private FetchedRates Understood(JsonElement said, string source)
    {
        var now = clock.GetUtcNow();
        var from = Currency.Parse(said.GetProperty("base").GetString()!);
        var asOf = said.TryGetProperty("timestamp", out var seconds) && seconds.TryGetInt64(out var unix) && unix is > 0 and < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(unix)
            : said.TryGetProperty("date", out var date) ? new DateTimeOffset(DateOnly.ParseExact(date.GetString()!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : throw new FormatException("The source of rates does not say when they held.");
        if (asOf > now || asOf < now - settings.MaxAge)
            throw new FormatException($"The source's rates are of {asOf:O}, which is not now.");
        var rates = new Dictionary<Currency, decimal>();
        foreach (var member in said.GetProperty("rates").EnumerateObject())
        {
            if (!Currency.TryParse(member.Name, out var to) || to == from)
                continue;
            rates[to] = member.Value.TryGetDecimal(out var rate) && rate is > 0.0000000001m and <= 1_000_000 ? rate : throw new FormatException($"The source's rate of {to} is no rate.");
        }
        return new FetchedRates(source, from, asOf, rates);
    }
}

/// <summary>Fetches rates every hour, once in the installation; nothing where no source is configured.</summary>
[DisallowConcurrentExecution]
internal sealed class FetchRatesJob(RateSource source, ISystemScopes scopes, ILogger<FetchRatesJob> logger) : IJob
{
    public const string Schedule = "0 11 * * * ?";

    public static readonly JobKey Key = new("rates", "ledger");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (await source.ReadAsync(cancellationToken) is not { } said)
                return;
            await using var engine = scopes.Begin("exchange-rates");
            var stored = await engine.SendAsync(new StoreFetchedRates(said), cancellationToken);
            if (!stored.Succeeded)
                logger.LogError("Rates of {Source} were not stored: {Code}", said.Source, stored.Error.Code);
            else if (stored.Value.Refused.Count > 0)
                logger.LogError("Rates of {Source} jump and were not stored: {Pairs}", said.Source, stored.Value.Refused);
        }
        catch (Exception failure) when (failure is OutgoingFailedException or FormatException)
        {
            // The rates that are there hold until they are too old.
            logger.LogError(failure, "Rates could not be fetched and are fetched again in an hour");
        }
    }
}
