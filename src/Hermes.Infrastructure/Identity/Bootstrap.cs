using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Identity;

/// <summary>Makes the first operator before the host listens, one node at a time.</summary>
internal sealed class Bootstrap(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, BootstrapSettings settings, ILogger<Bootstrap> logger) : IHostedLifecycleService
{
    private const long Lock = 0x4865726D65730002;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (settings is not { Email: { } email, Password: { } password })
            return;
        await using var connection = await engine.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({Lock})", cancellationToken);
        try
        {
            await using var scope = scopes.Begin("bootstrap");
            var done = await scope.SendAsync(new BootstrapOperator(email, password, settings.Token), cancellationToken);
            if (!done.Succeeded)
                throw new StartRefusedException($"The first operator can't be made: {done.Error.Message}");
            if (done.Value.Made)
                logger.LogInformation("The first operator {Email} was made", email);
            if (done.Value.GeneratedToken is { } token)
                logger.LogWarning("The operator's personal access token, shown this once: {Token}", token);
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
