using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Tends promotional credits every ten minutes, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class TendCreditsJob(ISystemScopes scopes, ILogger<TendCreditsJob> logger) : IJob
{
    public const string Schedule = "0 4/10 * * * ?";

    public static readonly JobKey Key = new("credits", "ledger");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var engine = scopes.Begin("credits");
        while (true)
        {
            var tended = await engine.SendAsync(new TendCredits(), cancellationToken);
            if (!tended.Succeeded)
            {
                logger.LogError("Credits were not tended: {Code}", tended.Error.Code);
                return;
            }
            if (tended.Value.Expired + tended.Value.Rewarded > 0)
                logger.LogInformation("{Expired} grants of credits expired, {Rewarded} referrals were rewarded", tended.Value.Expired, tended.Value.Rewarded);
            if (tended.Value.Expired < 100)
                return;
        }
    }
}
