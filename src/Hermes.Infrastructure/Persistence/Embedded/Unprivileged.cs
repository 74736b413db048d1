using Hermes.Infrastructure.Shared;

namespace Hermes.Infrastructure.Persistence.Embedded;

/// <summary>
/// PostgreSQL refuses to run as root. Where Hermes runs as root (a container) its programs run in a user namespace of
/// their own, in which root looks like an ordinary user and files keep their owner; where the kernel forbids that, they
/// run as <c>nobody</c>, who then owns the cluster's folders.
/// </summary>
internal sealed class Unprivileged
{
    private const string Nobody = "65534";

    private readonly string[] _prefix;
    private readonly bool _ownFolders;

    private Unprivileged(string[] prefix, bool ownFolders) => (_prefix, _ownFolders) = (prefix, ownFolders);

    public static async Task<Unprivileged> FindAsync(bool withoutUserNamespace, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return new Unprivileged([], false);
        string[] unshare = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
        if (!withoutUserNamespace && (await Programs.RunAsync([.. unshare, "true"], cancellationToken)).Code == 0)
            return new Unprivileged(unshare, false);
        string[] setpriv = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];
        if ((await Programs.RunAsync([.. setpriv, "true"], cancellationToken)).Code == 0)
            return new Unprivileged(setpriv, true);
        throw new StartRefusedException(
            "PostgreSQL may not run as root and neither unshare nor setpriv works here: start Hermes as an ordinary user, or set ConnectionStrings:Hermes.");
    }

    public Task<(int Code, string Output)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        Programs.RunAsync([.. _prefix, .. command], cancellationToken);

    /// <summary>Hands a file or folder, with all that is in it, to the user that the programs run as.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (!_ownFolders)
            return;
        var (code, output) = await Programs.RunAsync(["chown", "-R", $"{Nobody}:{Nobody}", path], cancellationToken);
        if (code != 0)
            throw new StartRefusedException($"'{path}' can't be handed to the user that PostgreSQL runs as ({Programs.LastLine(output)}).");
    }
}
