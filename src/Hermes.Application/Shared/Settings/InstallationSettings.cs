using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>What concerns the installation as a whole.</summary>
[Settings("Hermes")]
public sealed class InstallationSettings : IChecksItself
{
    /// <summary>Folder of the embedded PostgreSQL, keys and development mail; relative to the content root.</summary>
    [Required]
    public string DataFolder { get; set; } = "data";

    /// <summary>Whether the first start makes the demo's tenants and runs its agents; null: in Development only.</summary>
    public bool? Demo { get; set; }

    /// <summary>The domain below which each tenant has a subdomain (<c>hermes.example</c>); null: no subdomains.</summary>
    [RegularExpression(@"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        ErrorMessage = "must be a domain in lower case without scheme, port or slash, such as hermes.example")]
    public string? ApexDomain { get; set; }

    /// <summary>The address that people open, used in e-mails: <c>https://hermes.example</c>; null: the apex domain, else the address that this node listens on.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of reverse proxies whose X-Forwarded-* headers are believed.</summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (PublicUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.PathAndQuery != "/"))
            yield return $"PublicUrl is '{url}' and must be http:// or https:// with a host and no path";
        foreach (var proxy in TrustedProxies)
            if (!System.Net.IPNetwork.TryParse(proxy, out _) && !System.Net.IPAddress.TryParse(proxy, out _))
                yield return $"TrustedProxies names '{proxy}', which is neither an address nor a network such as 10.0.0.0/8";
    }
}
