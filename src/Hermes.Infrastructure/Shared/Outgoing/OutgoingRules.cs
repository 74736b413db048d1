using System.Net;
using System.Net.Sockets;
using Hermes.Application.Shared.Settings;

namespace Hermes.Infrastructure.Shared.Outgoing;

/// <summary>Which addresses may be called.</summary>
internal sealed class OutgoingRules
{
    // What is not public: own machine, private, shared, link-local (with cloud metadata), documentation, benchmarks, relays, multicast, reserved.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Teredo, benchmarks, ORCHID, documentation and 6to4, which can carry a private IPv4 address inside.
            "2001::/32", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // Everything else of IPv6 (::1, mapped, NAT64, unique local, link-local, site-local, multicast) is not global unicast.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _networks = [];
    private readonly bool _http;

    public OutgoingRules(OutgoingSettings settings, bool development)
    {
        _http = settings.AllowHttp ?? development;
        foreach (var entry in settings.Allow)
        {
            if (IPNetwork.TryParse(entry, out var network))
                _networks.Add(network);
            else if (IPAddress.TryParse(entry, out var address))
                _networks.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else
                _hosts.Add(entry.TrimEnd('.'));
        }
        if (settings.AllowLoopback ?? development)
        {
            _networks.Add(IPNetwork.Parse("127.0.0.0/8"));
            _networks.Add(IPNetwork.Parse("::1/128"));
        }
    }

    /// <summary>Why the address may not be called at all, before its name is resolved; null when it may.</summary>
    public string? Refuse(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https"))
            return "Only http and https addresses are called.";
        if (url.UserInfo.Length > 0)
            return "An address with a user name is not called.";
        if (url.Host.Length == 0 || url.Port is <= 0 or > 65_535)
            return "The address has no usable host and port.";
        if (url.Scheme == "http" && !_http && !IsNamed(url.Host) && !(IPAddress.TryParse(url.DnsSafeHost, out var address) && IsAllowed(Plain(address))))
            return "Only addresses with TLS (https) are called.";
        return null;
    }

    /// <summary>True when the installation allows the host by its name, whatever it resolves to.</summary>
    public bool IsNamed(string host) => _hosts.Contains(host.TrimEnd('.'));

    /// <summary>True when the address may be connected to.</summary>
    public bool MayConnect(IPAddress address)
    {
        var plain = Plain(address);
        return IsAllowed(plain) || IsPublic(plain);
    }

    /// <summary>True for an address of the open Internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        // A zone names a link of this machine.
        if (plain.AddressFamily == AddressFamily.InterNetworkV6 && (plain.ScopeId != 0 || !GlobalUnicast.Contains(plain)))
            return false;
        return !Array.Exists(NotPublic, network => network.Contains(plain));
    }

    private bool IsAllowed(IPAddress plain) => _networks.Exists(network => network.Contains(plain));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>Resolves names; a port of its own so that tests can let a name's answer change.</summary>
internal interface IHostAddresses
{
    /// <summary>All addresses of a name or literal.</summary>
    /// <exception cref="SocketException">There are none.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}

internal sealed class HostAddresses : IHostAddresses
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken);
}
