using System.Data.Common;
using Hermes.Application.Shared;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Hermes.Infrastructure.Persistence;

/// <summary>
/// The second wall: tells each connection of the app role its tenant when it opens. Npgsql's reset clears the setting
/// when the connection goes back to the pool.
/// </summary>
internal sealed class TenantWall(ICurrentActor current) : DbConnectionInterceptor
{
    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (current.Actor is { Kind: ActorKind.System } or { AcrossTenants: true })
            return;
        await using var command = Command(connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (current.Actor is { Kind: ActorKind.System } or { AcrossTenants: true })
            return;
        using var command = Command(connection);
        command.ExecuteNonQuery();
    }

    private DbCommand Command(DbConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = "SELECT set_config('app.tenant', $1, false)";
        var parameter = command.CreateParameter();
        parameter.Value = current.Actor.Tenant?.Value.ToString() ?? "";
        command.Parameters.Add(parameter);
        return command;
    }
}
