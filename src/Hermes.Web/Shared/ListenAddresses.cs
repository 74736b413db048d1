using System.Net;
using System.Net.Sockets;
using Hermes.Infrastructure.Shared;

namespace Hermes.Web.Shared;

/// <summary>
/// Looks whether the addresses to listen on are free before anything is started: the server itself listens last, when this
/// node has already joined the others at its database.
/// </summary>
internal static class ListenAddresses
{
    private const string Default = "http://localhost:5000";

    /// <summary>Refuses the start when another program listens at one of the configured addresses.</summary>
    public static void RefuseTaken(IConfiguration configuration)
    {
        // Endpoints of Kestrel's own section take the place of the addresses.
        if (!configuration.GetSection("Kestrel:Endpoints").Exists())
            RefuseTaken(Given(configuration["urls"]) ?? Ports(configuration["http_ports"]) ?? Default);
    }

    /// <summary>Refuses when another program listens at one of these.</summary>
    /// <param name="addresses">As <c>--urls</c> takes them, separated by semicolons.</param>
    /// <exception cref="StartRefusedException">One is taken.</exception>
    public static void RefuseTaken(string addresses)
    {
        foreach (var address in addresses.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var binding = BindingAddress.Parse(address);
            if (!binding.IsUnixPipe && !binding.IsNamedPipe && binding.Port != 0 && Hosts(binding.Host).Any(host => IsTaken(host, binding.Port)))
                throw new StartRefusedException($"{address}: address already in use. Choose another with --urls or ASPNETCORE_URLS.");
        }
    }

    private static IEnumerable<IPAddress> Hosts(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : IPAddress.TryParse(host, out var address) ? [address]
        : [IPAddress.Any];

    private static bool IsTaken(IPAddress host, int port)
    {
        try
        {
            using var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(host, port));
            return false;
        }
        catch (SocketException failure)
        {
            // Whatever else is wrong with an address the server says itself.
            return failure.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }

    private static string? Given(string? addresses) => string.IsNullOrWhiteSpace(addresses) ? null : addresses;

    private static string? Ports(string? ports) => Given(ports) is null ? null : string.Join(';', ports!.Split(';', StringSplitOptions.TrimEntries).Select(port => $"http://*:{port}"));
}
