using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Agents;

/// <summary>Lists prices whose time has come, every fifteen seconds, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class ListPricesJob(ISystemScopes scopes, ILogger<ListPricesJob> logger) : IJob
{
    public const string Schedule = "7/15 * * * * ?";

    public static readonly JobKey Key = new("prices", "agents");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var engine = scopes.Begin("prices");
        while (true)
        {
            var listed = await engine.SendAsync(new ListDuePrices(), cancellationToken);
            if (!listed.Succeeded)
            {
                logger.LogError("Prices were not listed: {Code}", listed.Error.Code);
                return;
            }
            if (listed.Value < ListDuePrices.Most)
                return;
        }
    }
}
