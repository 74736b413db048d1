using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Hermes.Infrastructure.Identity;

/// <summary>
/// Links in mails lead to the configured address, else to the apex domain, else to the address that the server listens on:
/// never to what a request's Host header says, which an attacker can set for somebody else's reset mail.
/// </summary>
internal sealed class PublicLinks(InstallationSettings settings, IServer server) : IPublicLinks
{
    public string To(string path) => Root().TrimEnd('/') + path;

    private string Root()
    {
        if (settings.PublicUrl is { } url)
            return url.ToString();
        if (settings.ApexDomain is { } apex)
            return $"https://{apex}";
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var listens = addresses.FirstOrDefault(a => a.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) ?? addresses.FirstOrDefault() ?? "http://localhost";
        return listens.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("://*", "://localhost", StringComparison.Ordinal).Replace("://+", "://localhost", StringComparison.Ordinal);
    }
}
