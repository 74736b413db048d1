using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Hermes.IntegrationTests.Outgoing;

/// <summary>Certificates made for a test, and servers that look at them.</summary>
internal static class TestCertificates
{
    /// <summary>Signed by itself, with its private key.</summary>
    public static X509Certificate2 Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>Certificate and private key as PEM.</summary>
    public static string PemOf(X509Certificate2 certificate) => $"{certificate.ExportCertificatePem()}\n{certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n";

    /// <summary>A server with TLS; <c>/who</c> answers the client certificate's thumbprint, <c>/away</c> redirects.</summary>
    public static async Task<SecureServer> ServerAsync(ClientCertificateMode mode, RequestDelegate? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(Make("localhost"), https =>
        {
            https.ClientCertificateMode = mode;
            https.AllowAnyClientCertificate();
        })));
        var app = builder.Build();
        app.MapGet("/who", (HttpContext context) => context.Connection.ClientCertificate?.Thumbprint ?? "nobody");
        app.MapGet("/away", (string to) => Results.Redirect(to));
        if (answer is not null)
            app.MapFallback("/{**path}", answer);
        await app.StartAsync();
        return new SecureServer(app);
    }

    /// <summary>The running server.</summary>
    public sealed class SecureServer(WebApplication app) : IAsyncDisposable
    {
        public string Url => app.Urls.First();

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
