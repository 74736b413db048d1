using Hermes.Application.Mesh;
using Hermes.Application.Mesh.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Hermes.Infrastructure.Mesh;

internal sealed class MeshModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<IAwardBook, AwardBook>();
        services.AddScoped<Application.Ledger.Public.IHeldClaims, ContractClaims>();
        services.AddScoped<Application.Ledger.Public.IAgentWork, ContractsInHand>();
        services.AddScoped<IBidders, Bidders>();
        services.AddScoped<IAwardTimer, AwardTimer>();
        services.AddSingleton<IPriceHistory, PriceHistory>();
        services.AddSingleton<IBidHistory, BidHistory>();
        services.AddSingleton<ReceiptSigner>();
        services.AddSingleton<IReceiptSigner>(sp => sp.GetRequiredService<ReceiptSigner>());
        services.AddSingleton<IInstallationSigner>(sp => sp.GetRequiredService<ReceiptSigner>());
        services.AddSingleton<IJsonSchemaValidator, JsonSchemaValidator>();
        services.AddSingleton<AwardEngine>();
        services.AddHostedService<AwardSweeper>();
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<AwardJob>(job => job.WithIdentity(AwardJob.Key).StoreDurably())
            .AddJob<FitBidModelJob>(job => job.WithIdentity(FitBidModelJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(FitBidModelJob.Key).WithIdentity("bid-model", FitBidModelJob.Key.Group)
                .WithCronSchedule(FitBidModelJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
    }
}
