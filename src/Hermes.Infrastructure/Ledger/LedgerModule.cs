using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

internal sealed class LedgerModule : IModule
{
    /// <summary>Key of the group writer's own data source.</summary>
    public const string DataSource = "ledger";

    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddKeyedSingleton(DataSource, (sp, _) => NpgsqlDataSource.Create(ConnectionString(sp.GetRequiredService<HermesDatabase>())));
        services.AddSingleton(sp => new GroupWriter(
            sp.GetRequiredKeyedService<NpgsqlDataSource>(DataSource), sp.GetRequiredService<GroupWriterOptions>(), sp.GetRequiredService<TimeProvider>(), sp.GetRequiredService<ILogger<GroupWriter>>()));
        services.AddHostedService(sp => sp.GetRequiredService<GroupWriter>());
        services.AddSingleton(sp => new CreditPolicy(
            sp.GetRequiredService<GroupWriterOptions>().DevelopmentCredits ?? !sp.GetRequiredService<IHostEnvironment>().IsProduction()));
        services.AddScoped<ILedger, PostgresLedger>();
        services.AddScoped<ILedgerEntries, LedgerEntryReader>();
        services.AddScoped<ISpending, Spending>();
        services.AddScoped<ISplitPolicy, SplitPolicy>();
        services.AddScoped<IShares, Shares>();
        services.AddScoped<ICreditGrants, CreditGrants>();
        services.AddScoped<IExchangeRates, StoredRates>();
        services.AddScoped<RateBook>();
        services.AddScoped<IProposedAct, ProposedRate>();
        services.AddSingleton<RateSource>();
        services.AddScoped<IReconciliationDb, ReconciliationStore>();
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<TendPartitionsJob>(job => job.WithIdentity(TendPartitionsJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(TendPartitionsJob.Key).WithIdentity("partitions", TendPartitionsJob.Key.Group)
                .WithCronSchedule(TendPartitionsJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc)))
            .AddJob<ReconcileJob>(job => job.WithIdentity(ReconcileJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(ReconcileJob.Key).WithIdentity("reconcile", ReconcileJob.Key.Group)
                .WithCronSchedule(ReconcileJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc)))
            .AddJob<FetchRatesJob>(job => job.WithIdentity(FetchRatesJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(FetchRatesJob.Key).WithIdentity("rates", FetchRatesJob.Key.Group)
                .WithCronSchedule(FetchRatesJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc)))
            .AddJob<TendCreditsJob>(job => job.WithIdentity(TendCreditsJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(TendCreditsJob.Key).WithIdentity("credits", TendCreditsJob.Key.Group)
                .WithCronSchedule(TendCreditsJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
        services.AddScoped<IEscrows, Escrows>();
        services.AddScoped<ISecondOperator, SecondOperator>();
    }

    /// <summary>
    /// The writer leaves nothing behind in its session, so its connection needs no reset; a transaction elsewhere that keeps
    /// an account locked for seconds must not keep everybody's money waiting with it.
    /// </summary>
    internal static string ConnectionString(HermesDatabase database) => new NpgsqlConnectionStringBuilder(database.Engine)
    {
        ApplicationName = "hermes_ledger",
        NoResetOnClose = true,
        MaxPoolSize = 2,
        CommandTimeout = 15,
        Options = "-c lock_timeout=5s",
    }.ConnectionString;
}
