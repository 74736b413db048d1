using Hermes.Application.Calls;
using Microsoft.AspNetCore.DataProtection;

namespace Hermes.Infrastructure.Calls;

/// <summary>Encrypts with the installation's key ring, which all nodes share.</summary>
internal sealed class PushSecrets(IDataProtectionProvider protection) : IPushSecrets
{
    private readonly IDataProtector _protector = protection.CreateProtector("hermes.calls.push");

    public string Protect(string text) => _protector.Protect(text);

    public string Unprotect(string secret) => _protector.Unprotect(secret);
}
