using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>How Hermes proves itself to an agent.</summary>
public enum CredentialKind
{
    /// <summary>A key in a header, the query or a cookie.</summary>
    ApiKey,
    /// <summary><c>Authorization: Bearer …</c>.</summary>
    Bearer,
    /// <summary><c>Authorization: Basic …</c>.</summary>
    Basic,
    /// <summary>A token that Hermes gets with an id and a secret of its own.</summary>
    OauthClientCredentials,
    /// <summary>A certificate that Hermes shows in the TLS handshake.</summary>
    ClientCertificate,
}

/// <summary>What Hermes shows to an agent that wants to know who calls; its content is encrypted and never shown again.</summary>
public sealed class CallCredential : ITenantOwned
{
    private CallCredential() { }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What kind.</summary>
    public CredentialKind Kind { get; private set; }

    /// <summary>Encrypted.</summary>
    public byte[] Content { get; private set; } = [];

    /// <summary>When it was set.</summary>
    public DateTimeOffset SetAt { get; private set; }

    /// <summary>The first credential of an agent.</summary>
    public static CallCredential Of(Agent agent, CredentialKind kind, byte[] content, TimeProvider clock) =>
        new() { AgentId = agent.Id, TenantId = agent.TenantId, Kind = kind, Content = content, SetAt = clock.GetUtcNow() };

    /// <summary>Puts another in its place.</summary>
    public void Replace(CredentialKind kind, byte[] content, TimeProvider clock) => (Kind, Content, SetAt) = (kind, content, clock.GetUtcNow());
}
