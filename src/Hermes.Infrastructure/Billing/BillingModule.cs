using Hermes.Application.Billing;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Billing.Stripe;
using Hermes.Infrastructure.Billing.TestProvider;
using Hermes.Infrastructure.Billing.X402;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Billing;

internal sealed class BillingModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<PlanBook>();
        services.AddSingleton<PlanDirectory>();
        services.AddSingleton<IPlans>(sp => sp.GetRequiredService<PlanDirectory>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<PlanDirectory>());
        services.AddSingleton<UsageMeter>();
        services.AddSingleton<IQuotas>(sp => sp.GetRequiredService<UsageMeter>());
        services.AddHostedService(sp => sp.GetRequiredService<UsageMeter>());
        services.AddSingleton<IQuotaCounts, QuotaCounts>();
        services.AddScoped<IPlanPlaces, PlanPlaces>();
        services.AddScoped<IEarnings, Earnings>();
        services.AddScoped<UsageBook>();
        services.AddScoped<IUsageBook>(sp => sp.GetRequiredService<UsageBook>());
        services.AddScoped<IUsageReports>(sp => sp.GetRequiredService<UsageBook>());

        services.AddSingleton<BalanceBook>();
        services.AddSingleton<IBalanceBook>(sp => sp.GetRequiredService<BalanceBook>());
        services.AddSingleton<ILooks>(sp => sp.GetRequiredService<BalanceBook>());
        services.AddSingleton<IProviderMovements>(sp => sp.GetRequiredService<BalanceBook>());
        services.AddScoped<ProviderLooks>();
        services.AddScoped<EventDesk>();
        services.AddScoped<MoneyDesk>();
        services.AddScoped<CustomerDesk>();
        services.AddScoped<RefundDesk>();
        services.AddScoped<IProposedAct, ProposedRefund>();
        services.AddScoped<X402Desk>();
        services.AddScoped<IProposedAct, ProposedDecision>();
        services.AddSingleton<EventSignal>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<IWebhookStore>(sp => sp.GetRequiredService<WebhookStore>());
        services.AddHostedService<EventEngine>();
        services.AddSingleton<BillingClock>();
        services.AddHostedService(sp => sp.GetRequiredService<BillingClock>());

        services.AddSingleton<IX402, X402Provider>();
        services.AddSingleton<INamedProvider>(sp => sp.GetRequiredService<IPaymentProvider>());
        services.AddSingleton<INamedProvider>(sp => sp.GetRequiredService<IX402>());
        services.AddSingleton<PaymentProviders>();

        services.AddSingleton<StripePrices>();
        services.AddSingleton<NoProvider>();
        services.AddSingleton<TestPaymentProvider>();
        services.AddSingleton<TestProviderClock>();
        services.AddSingleton<IPaymentProvider>(sp => Chosen(sp) switch
        {
            "stripe" => Stripe(sp),
            TestPaymentProvider.Name => Test(sp),
            _ => sp.GetRequiredService<NoProvider>(),
        });
        services.AddSingleton<ITestCheckouts>(sp => Chosen(sp) == TestPaymentProvider.Name ? sp.GetRequiredService<TestPaymentProvider>() : sp.GetRequiredService<NoProvider>());
        services.AddSingleton<ITestProviderApi>(sp => Chosen(sp) == TestPaymentProvider.Name ? sp.GetRequiredService<TestPaymentProvider>() : sp.GetRequiredService<NoProvider>());
        services.AddHostedService(sp => sp.GetRequiredService<TestProviderClock>());
    }

    /// <summary>Which provider the configuration and the environment choose.</summary>
    /// <exception cref="StartRefusedException">The test provider in Production, or Stripe without its key or webhook secret.</exception>
    private static string Chosen(IServiceProvider services)
    {
        var (billing, stripe, environment) = (services.GetRequiredService<BillingSettings>(), services.GetRequiredService<StripeSettings>(), services.GetRequiredService<IHostEnvironment>());
        var chosen = billing.Provider ?? (stripe.SecretKey is { Length: > 0 } ? "stripe" : environment.IsProduction() ? "none" : TestPaymentProvider.Name);
        if (chosen == TestPaymentProvider.Name && environment.IsProduction())
            throw new StartRefusedException("The configuration can't be used: Hermes:Billing:Provider is test, which is for development and never there in Production.");
        if (chosen == "stripe" && (string.IsNullOrEmpty(stripe.SecretKey) || stripe.WebhookSecrets.Count == 0))
            throw new StartRefusedException("The configuration can't be used: Hermes:Billing:Stripe:SecretKey and :WebhookSecrets must be given to use Stripe.");
        return chosen;
    }

    private static StripeProvider Stripe(IServiceProvider services)
    {
        var settings = services.GetRequiredService<StripeSettings>();
        // The address is the operator's configuration, not a user's: it needs no guard against private networks.
        var http = new HttpMessageInvoker(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false });
        return Provider(services, "stripe", new StripeClient(http, settings.Api, settings.SecretKey!, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<StripeClient>>()), settings.WebhookSecrets);
    }

    private static StripeProvider Test(IServiceProvider services)
    {
        var test = services.GetRequiredService<TestPaymentProvider>();
        return Provider(services, TestPaymentProvider.Name, new StripeClient(new HttpMessageInvoker(new TestTransport(test)), new Uri("http://test.invalid"), test.ApiKey,
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<StripeClient>>()), [test.WebhookSecret]);
    }

    private static StripeProvider Provider(IServiceProvider services, string name, StripeClient client, IReadOnlyList<string> secrets) =>
        new(name, client, secrets, services.GetRequiredService<StripePrices>(), services.GetRequiredService<BillingSettings>(), services.GetRequiredService<TimeProvider>());
}
