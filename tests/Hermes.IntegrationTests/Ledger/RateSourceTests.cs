using Hermes.Application.Ledger;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>An app that reads its rates from a stand-in on this machine.</summary>
public sealed class RatesApp : HermesApp, IAsyncLifetime
{
    private readonly WebApplication _source = WebApplication.CreateSlimBuilder().Build();

    /// <summary>What the source answers; null for a 500.</summary>
    public object? Says { get; set; }

    async Task IAsyncLifetime.InitializeAsync()
    {
        _source.Urls.Add("http://127.0.0.1:0");
        _source.MapGet("/latest", () => Says is null ? Results.StatusCode(500) : Says is string text ? Results.Text(text) : Results.Json(Says));
        await _source.StartAsync();
        Set("Hermes:Exchange:Source", $"{_source.Urls.First()}/latest");
        Set("Hermes:Outgoing:AllowHttp", "true");
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>Fires the job, as its schedule does.</summary>
    public async Task FetchAsync() => await ActivatorUtilities.CreateInstance<FetchRatesJob>(Services).Execute(null!);
}

/// <summary>Rates that are read over HTTP.</summary>
public sealed class RateSourceTests(RatesApp app) : IClassFixture<RatesApp>
{
    [Fact]
    public async Task Rates_are_stored_once_with_date_and_source_and_a_jump_is_refused()
    {
        var day = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        app.Says = Answer(day, ("USD", 1.25m), ("JPY", 160m), ("XAU", 0.0005m), ("EUR", 1m));
        await app.FetchAsync();
        await app.FetchAsync();

        var stored = await ListAsync();
        stored.Select(r => (r.Base, r.Quote, r.Rate, r.AsOf, r.Source)).ShouldBe(
        [
            ("EUR", "JPY", 160m, new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), "127.0.0.1"),
            ("EUR", "USD", 1.25m, new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), "127.0.0.1"),
        ], ignoreOrder: true);

        app.Clock.Advance(TimeSpan.FromDays(1));
        app.Says = Answer(day.AddDays(1), ("USD", 1.3m), ("JPY", 16m));
        await app.FetchAsync();

        (await ListAsync()).Select(r => (r.Quote, r.Rate)).ShouldBe([("USD", 1.3m), ("JPY", 160m), ("USD", 1.25m)], ignoreOrder: true);
        var person = Actors.Person(Books.NewTenant());
        (await app.SendAsync(person, new QuoteConversion(Money.Of(1, Currency.Parse("EUR")), "JPY"))).Value.Rate.ShouldBe(160m);

        // What is not understood, not now or not there changes nothing.
        foreach (var wrong in new object?[] { null, "<html>", new { rates = 1 }, Answer(day.AddDays(3), ("USD", 1.3m)), Answer(day.AddDays(-30), ("USD", 1.3m)), Answer(day.AddDays(1), ("USD", -1m)) })
        {
            app.Says = wrong;
            await app.FetchAsync();
        }
        (await ListAsync()).Count.ShouldBe(3);
        (await app.SendAsync(person, new StoreFetchedRates(new FetchedRates("Me", Currency.Usd, app.Clock.GetUtcNow(), new Dictionary<Currency, decimal>())))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
    }

    private async Task<IReadOnlyList<ExchangeRateView>> ListAsync() => (await app.SendAsync(Actors.Operator(), new ListExchangeRates())).Value;

    private static object Answer(DateOnly date, params (string Code, decimal Rate)[] rates) =>
        new { @base = "EUR", date = date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), rates = rates.ToDictionary(r => r.Code, r => r.Rate) };
}
