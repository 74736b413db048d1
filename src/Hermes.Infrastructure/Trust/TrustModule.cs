using Hermes.Application.Trust;
using Hermes.Application.Trust.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Hermes.Infrastructure.Trust;

internal sealed class TrustModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<ITrust, TrustStore>();
        services.AddScoped<ITrustRecords, TrustRecords>();
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<NightlyTrustJob>(job => job.WithIdentity(NightlyTrustJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(NightlyTrustJob.Key).WithIdentity("nightly", NightlyTrustJob.Key.Group)
                .WithCronSchedule(NightlyTrustJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
    }
}
