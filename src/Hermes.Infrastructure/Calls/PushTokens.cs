using System.Security.Cryptography;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Microsoft.AspNetCore.DataProtection;

namespace Hermes.Infrastructure.Calls;

/// <summary>Call and agent, sealed with the installation's keys, which all nodes share: nothing is stored, and the seal is compared in constant time.</summary>
internal sealed class PushTokens(IDataProtectionProvider protection) : IPushTokens
{
    private const int Longest = 1_000;
    private readonly IDataProtector _protector = protection.CreateProtector("hermes.calls.push-tokens");

    public string For(CallId call, AgentId agent) => _protector.Protect($"{call}/{agent}");

    public bool Fits(string token, CallId call, AgentId agent)
    {
        try
        {
            return token.Length <= Longest && _protector.Unprotect(token) == $"{call}/{agent}";
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
