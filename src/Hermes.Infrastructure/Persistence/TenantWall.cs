using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Hermes.Infrastructure.Persistence;

/// <summary>
/// The second wall: tells each connection of the app role its tenant whenever it opens, also that it has none. Nothing else
/// clears what the connection's last user was told, so a context of the app role never opens one without it.
/// </summary>
internal sealed class TenantWall : DbConnectionInterceptor
{
    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = Command(connection, eventData);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = Command(connection, eventData);
        command.ExecuteNonQuery();
    }

    private static DbCommand Command(DbConnection connection, ConnectionEndEventData eventData)
    {
        var command = connection.CreateCommand();
        command.CommandText = "SELECT set_config('app.tenant', $1, false)";
        var parameter = command.CreateParameter();
        parameter.Value = eventData.Context is HermesDbContext { Tenant: { } tenant } ? tenant.Value.ToString() : "";
        command.Parameters.Add(parameter);
        return command;
    }
}
