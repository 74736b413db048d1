using System.Text.Json;

namespace Hermes.Application.A2A.Public;

/// <summary>What an agent says of itself: served at <c>/.well-known/agent-card.json</c>.</summary>
public sealed record AgentCard
{
    /// <summary>For people.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>For people.</summary>
    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>Where and how it is called, preferred first.</summary>
    public IReadOnlyList<AgentInterface> SupportedInterfaces { get; init => field = value ?? []; } = [];

    /// <summary>Who runs it; null when not said.</summary>
    public AgentProvider? Provider { get; init; }

    /// <summary>The agent's own version.</summary>
    public string Version { get; init => field = value ?? ""; } = "";

    /// <summary>Where more is written; null for nowhere.</summary>
    public string? DocumentationUrl { get; init; }

    /// <summary>What of the protocol it can do; null only when the agent broke the specification.</summary>
    public AgentCapabilities? Capabilities { get; init; }

    /// <summary>How callers may prove themselves, by the names used in <see cref="SecurityRequirements"/>; null for not at all.</summary>
    public IReadOnlyDictionary<string, SecurityScheme>? SecuritySchemes { get; init; }

    /// <summary>One of these has to be met; null or empty for none.</summary>
    public IReadOnlyList<SecurityRequirement>? SecurityRequirements { get; init; }

    /// <summary>MIME types that it takes.</summary>
    public IReadOnlyList<string> DefaultInputModes { get; init => field = value ?? []; } = [];

    /// <summary>MIME types that it makes.</summary>
    public IReadOnlyList<string> DefaultOutputModes { get; init => field = value ?? []; } = [];

    /// <summary>What it does.</summary>
    public IReadOnlyList<AgentSkill> Skills { get; init => field = value ?? []; } = [];

    /// <summary>Signatures over the rest; null for none.</summary>
    public IReadOnlyList<AgentCardSignature>? Signatures { get; init; }

    /// <summary>A picture; null for none.</summary>
    public string? IconUrl { get; init; }
}

/// <summary>One place where an agent is called.</summary>
public sealed record AgentInterface
{
    /// <summary>Absolute address.</summary>
    public string Url { get; init => field = value ?? ""; } = "";

    /// <summary>One of <see cref="ProtocolBindings"/> or another's own.</summary>
    public string ProtocolBinding { get; init => field = value ?? ""; } = "";

    /// <summary>For instance <c>1.0</c>.</summary>
    public string ProtocolVersion { get; init => field = value ?? ""; } = "";

    /// <summary>Has to be sent back with every request; null or empty for none.</summary>
    public string? Tenant { get; init; }
}

/// <summary>Names of the standard bindings.</summary>
public static class ProtocolBindings
{
    /// <summary>JSON-RPC 2.0 over HTTP.</summary>
    public const string JsonRpc = "JSONRPC";

    /// <summary>REST.</summary>
    public const string HttpJson = "HTTP+JSON";

    /// <summary>gRPC; Hermes doesn't speak it.</summary>
    public const string Grpc = "GRPC";
}

/// <summary>Who runs an agent.</summary>
public sealed record AgentProvider
{
    /// <summary>Its site.</summary>
    public string Url { get; init => field = value ?? ""; } = "";

    /// <summary>Its name.</summary>
    public string Organization { get; init => field = value ?? ""; } = "";
}

/// <summary>What of the protocol an agent can do.</summary>
public sealed record AgentCapabilities
{
    /// <summary>It streams; null counts as false.</summary>
    public bool? Streaming { get; init; }

    /// <summary>It pushes; null counts as false.</summary>
    public bool? PushNotifications { get; init; }

    /// <summary>It shows more to those who prove themselves; null counts as false.</summary>
    public bool? ExtendedAgentCard { get; init; }

    /// <summary>Extensions of the protocol; null for none.</summary>
    public IReadOnlyList<AgentExtension>? Extensions { get; init; }
}

/// <summary>An extension of the protocol.</summary>
public sealed record AgentExtension
{
    /// <summary>Its name.</summary>
    public string Uri { get; init => field = value ?? ""; } = "";

    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>True when callers must use it.</summary>
    public bool? Required { get; init; }

    /// <summary>Its settings; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Params { get; init; }
}

/// <summary>One thing that an agent does.</summary>
public sealed record AgentSkill
{
    /// <summary>Unique within the card.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>For people.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>For people.</summary>
    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>Words that it is found by.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Examples of what to say; null for none.</summary>
    public IReadOnlyList<string>? Examples { get; init; }

    /// <summary>MIME types; null for the card's.</summary>
    public IReadOnlyList<string>? InputModes { get; init; }

    /// <summary>MIME types; null for the card's.</summary>
    public IReadOnlyList<string>? OutputModes { get; init; }

    /// <summary>One of these has to be met; null for the card's.</summary>
    public IReadOnlyList<SecurityRequirement>? SecurityRequirements { get; init; }
}

/// <summary>A JSON Web Signature over the card without its signatures, in RFC 8785 form.</summary>
public sealed record AgentCardSignature
{
    /// <summary>The protected header, base64url.</summary>
    public string Protected { get; init => field = value ?? ""; } = "";

    /// <summary>The signature, base64url.</summary>
    public string Signature { get; init => field = value ?? ""; } = "";

    /// <summary>The unprotected header; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Header { get; init; }
}

/// <summary>Schemes that have to be met together.</summary>
public sealed record SecurityRequirement
{
    /// <summary>Scopes by the scheme's name.</summary>
    public IReadOnlyDictionary<string, StringList> Schemes { get; init => field = value ?? new Dictionary<string, StringList>(); } = new Dictionary<string, StringList>();
}

/// <summary>A list of words.</summary>
public sealed record StringList
{
    /// <summary>The words.</summary>
    public IReadOnlyList<string> List { get; init => field = value ?? []; } = [];
}

/// <summary>A way for callers to prove themselves: exactly one member is there.</summary>
public sealed record SecurityScheme
{
    /// <summary>A key.</summary>
    public ApiKeySecurityScheme? ApiKeySecurityScheme { get; init; }

    /// <summary>The Authorization header.</summary>
    public HttpAuthSecurityScheme? HttpAuthSecurityScheme { get; init; }

    /// <summary>OAuth 2.</summary>
    public OAuth2SecurityScheme? Oauth2SecurityScheme { get; init; }

    /// <summary>OpenID Connect.</summary>
    public OpenIdConnectSecurityScheme? OpenIdConnectSecurityScheme { get; init; }

    /// <summary>A certificate.</summary>
    public MutualTlsSecurityScheme? MtlsSecurityScheme { get; init; }
}

/// <summary>A key in a header, the query or a cookie.</summary>
public sealed record ApiKeySecurityScheme
{
    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary><c>header</c>, <c>query</c> or <c>cookie</c>.</summary>
    public string Location { get; init => field = value ?? ""; } = "";

    /// <summary>The header's, parameter's or cookie's name.</summary>
    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>The Authorization header.</summary>
public sealed record HttpAuthSecurityScheme
{
    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>For instance <c>Bearer</c>.</summary>
    public string Scheme { get; init => field = value ?? ""; } = "";

    /// <summary>For instance <c>JWT</c>; null when not said.</summary>
    public string? BearerFormat { get; init; }
}

/// <summary>OAuth 2.</summary>
public sealed record OAuth2SecurityScheme
{
    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>How a token is got.</summary>
    public OAuthFlows? Flows { get; init; }

    /// <summary>Where the server's metadata lies; null for nowhere.</summary>
    public string? Oauth2MetadataUrl { get; init; }
}

/// <summary>OpenID Connect.</summary>
public sealed record OpenIdConnectSecurityScheme
{
    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>Where the server's metadata lies.</summary>
    public string OpenIdConnectUrl { get; init => field = value ?? ""; } = "";
}

/// <summary>A certificate.</summary>
public sealed record MutualTlsSecurityScheme
{
    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }
}

/// <summary>How a token is got: at most one member is there.</summary>
public sealed record OAuthFlows
{
    /// <summary>A person authorises; Hermes can't use it.</summary>
    public OAuthFlow? AuthorizationCode { get; init; }

    /// <summary>The caller's own id and secret.</summary>
    public OAuthFlow? ClientCredentials { get; init; }

    /// <summary>Deprecated; Hermes doesn't use it.</summary>
    public OAuthFlow? Implicit { get; init; }

    /// <summary>Deprecated; Hermes doesn't use it.</summary>
    public OAuthFlow? Password { get; init; }

    /// <summary>A person authorises on another device; Hermes can't use it.</summary>
    public OAuthFlow? DeviceCode { get; init; }
}

/// <summary>The addresses of a flow; which are there depends on it.</summary>
public sealed record OAuthFlow
{
    /// <summary>Where a person authorises; null where the flow has none.</summary>
    public string? AuthorizationUrl { get; init; }

    /// <summary>Where a device asks; null where the flow has none.</summary>
    public string? DeviceAuthorizationUrl { get; init; }

    /// <summary>Where a token is got; null where the flow has none.</summary>
    public string? TokenUrl { get; init; }

    /// <summary>Where a token is renewed; null for <see cref="TokenUrl"/>.</summary>
    public string? RefreshUrl { get; init; }

    /// <summary>What each scope means; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Scopes { get; init; }

    /// <summary>True when PKCE is needed.</summary>
    public bool? PkceRequired { get; init; }
}
