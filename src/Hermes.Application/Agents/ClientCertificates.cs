using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents;

/// <summary>Certificates that Hermes shows to agents, as their owners give them.</summary>
public static class ClientCertificates
{
    private static readonly Error Unusable = Error.Invalid("agents.certificate_unusable", "This is no certificate with its private key.");

    /// <summary>Reads PEM (certificate and private key in one text) or PKCS#12 in base64.</summary>
    /// <param name="text">As it was given.</param>
    /// <param name="password">Of the private key; null for none.</param>
    public static Result<X509Certificate2> Read(string text, string? password)
    {
        try
        {
            var certificate = !text.Contains("-----BEGIN", StringComparison.Ordinal) ? X509CertificateLoader.LoadPkcs12(Convert.FromBase64String(text), password)
                : string.IsNullOrEmpty(password) ? X509Certificate2.CreateFromPem(text, text)
                : X509Certificate2.CreateFromEncryptedPem(text, text, password);
            return certificate.HasPrivateKey ? certificate : Unusable;
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException or ArgumentException)
        {
            return Unusable;
        }
    }
}
