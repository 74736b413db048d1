using System.Net;

namespace Hermes.Application.Shared.Settings;

/// <summary>Requests to addresses that users give: agents' endpoints, cards, webhooks.</summary>
[Settings("Hermes:Outgoing")]
public sealed class OutgoingSettings : IChecksItself
{
    /// <summary>
    /// Hosts (<c>agents.internal</c>), addresses and networks (<c>10.1.0.0/16</c>) that may be called although they are not
    /// public, and without TLS.
    /// </summary>
    public IReadOnlyList<string> Allow { get; set; } = [];

    /// <summary>Whether this machine itself may be called; null: in Development only.</summary>
    public bool? AllowLoopback { get; set; }

    /// <summary>Whether public addresses may be called without TLS; null: in Development only.</summary>
    public bool? AllowHttp { get; set; }

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        foreach (var entry in Allow)
            if (!IPNetwork.TryParse(entry, out _) && !IPAddress.TryParse(entry, out _) && Uri.CheckHostName(entry) != UriHostNameType.Dns)
                yield return $"Allow names '{entry}', which is neither a host, nor an address, nor a network such as 10.1.0.0/16";
    }
}
